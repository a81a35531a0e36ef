/* SPDX-License-Identifier: MIT */
#include "sync_report.h"

void sync_stats_note_failure(sync_stats *stats, const sync_failure *failure)
{
    if (stats->failed < SYNC_SAMPLE_MAX)
        stats->failed_sample[stats->failed] = *failure;
    stats->failed++;
}

static void write_failure(poly_json_writer *writer, const sync_failure *failure)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_text(writer, "entity_id", failure->entity_id);
    if (failure->ruz_teacher_id)
        poly_json_put_int(writer, "ruz_teacher_id", failure->ruz_teacher_id);
    else
        poly_json_put_null(writer, "ruz_teacher_id");
    poly_json_put_text(writer, "full_name", failure->full_name);
    poly_json_put_text(writer, "code", failure->code);
    poly_json_put_text(writer, "detail", failure->detail);
    poly_json_end_object(writer);
}

const char *sync_stats_write(const sync_stats *stats, poly_arena *arena)
{
    int64_t samples = stats->failed < SYNC_SAMPLE_MAX ? stats->failed : SYNC_SAMPLE_MAX;
    poly_json_writer writer;
    poly_strbuf out;
    const char *text;

    poly_strbuf_init(&out, 64 * 1024);
    poly_json_writer_init(&writer, &out);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_int(&writer, "fetched", stats->fetched);
    poly_json_put_int(&writer, "created_local", stats->created_local);
    poly_json_put_int(&writer, "updated_local", stats->updated_local);
    poly_json_put_int(&writer, "removed_local", stats->removed_local);
    poly_json_put_int(&writer, "created_or_linked_sso", stats->created_or_linked_sso);
    poly_json_put_int(&writer, "skipped", stats->skipped);
    poly_json_put_int(&writer, "failed", stats->failed);
    poly_json_begin_array(&writer, "failed_sample");
    for (int64_t i = 0; i < samples; i++)
        write_failure(&writer, &stats->failed_sample[i]);
    poly_json_end_array(&writer);
    poly_json_end_object(&writer);
    text = out.overflowed ? "{}" : poly_arena_strndup(arena, poly_strbuf_text(&out), out.size);
    poly_strbuf_release(&out);
    return text;
}

/* --- why not --- */

static const poly_message source_unreachable = {
    "Список преподавателей не получен: служба расписания не ответила.",
    "The list of teachers was not read: the timetable service did not answer.",
};
static const poly_message source_broken = {
    "Список преподавателей не принят: служба расписания ответила неверно.",
    "The list of teachers was not taken: the timetable service gave a bad answer.",
};
static const poly_message sso_unreachable = {
    "Учётные записи обновлены не все: служба учётных записей не ответила. Синхронизация скоро продолжится.",
    "Not all accounts were brought up to date: the identity service did not answer. The sync will go on soon.",
};
static const poly_message sso_refused = {
    "Учётные записи обновлены не все: служба учётных записей отклонила запрос.",
    "Not all accounts were brought up to date: the identity service refused.",
};
static const poly_message database_failed = {
    "Синхронизация не завершена: база данных не ответила.",
    "The sync did not finish: the database did not answer.",
};

poly_message sync_say_failure(sync_step step, poly_result result)
{
    bool refused = result == POLY_BAD_ANSWER || result == POLY_REJECTED || result == POLY_INVALID ||
                   result == POLY_NOT_FOUND || result == POLY_TOO_LARGE;

    if (step == SYNC_READING_SOURCE)
        return refused ? source_broken : source_unreachable;
    if (step == SYNC_TELLING_SSO)
        return refused ? sso_refused : sso_unreachable;
    return database_failed;
}

poly_message sync_say_verdict(const sync_plan *plan, int64_t max_removal_percent, poly_arena *arena)
{
    if (plan->verdict == SYNC_SOURCE_EMPTY)
        return (poly_message){"Список преподавателей в источнике пуст: никто не изменён.",
                              "The source's list of teachers is empty: nobody was changed."};
    return (poly_message){
        poly_arena_printf(arena,
                          "В источнике нет %zu из %zu действующих преподавателей — больше %lld %%: никто не изменён.",
                          plan->gone, plan->active, (long long)max_removal_percent),
        poly_arena_printf(arena, "The source lacks %zu of %zu active teachers, more than %lld %%: nobody was changed.",
                          plan->gone, plan->active, (long long)max_removal_percent),
    };
}
