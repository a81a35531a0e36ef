/* SPDX-License-Identifier: MIT */
#include "problems.h"

const poly_problem problem_launch_refused = {
    401,
    "invalid_launch_token",
    {"Вход не выполнен", "Not signed in"},
    {"Ссылка запуска недействительна или устарела. Откройте приложение из портала ещё раз.",
     "The launch token is not valid or has expired. Open the application from the portal again."},
    0,
};
const poly_problem problem_launch_spent = {
    401,
    "launch_token_spent",
    {"Вход уже выполнен", "Signed in already"},
    {"Ссылка запуска уже использована. Откройте приложение из портала ещё раз.",
     "The launch token has been used already. Open the application from the portal again."},
    0,
};
const poly_problem problem_department_unknown = {
    404,
    "department_not_found",
    {"Подразделение не найдено", "Department not found"},
    {"Такого подразделения нет.", "There is no such department."},
    0,
};
const poly_problem problem_department_forbidden = {
    403,
    "other_department",
    {"Чужое подразделение", "Another department"},
    {"Это относится к другому подразделению.", "This belongs to another department."},
    0,
};
const poly_problem problem_service_unknown = {
    404,
    "service_not_found",
    {"Услуга не найдена", "Service not found"},
    {"Такой услуги нет.", "There is no such service."},
    0,
};
const poly_problem problem_service_in_use = {
    409,
    "service_has_applications",
    {"На услугу есть заявки", "The service has applications"},
    {"На эту услугу уже подавали заявки, поэтому удалить её нельзя. Её можно отключить.",
     "There are applications for this service, so it cannot be deleted. It can be made inactive."},
    0,
};
const poly_problem problem_executor_unknown = {
    404,
    "executor_not_found",
    {"Исполнитель не найден", "Executor not found"},
    {"Такого исполнителя в вашем подразделении нет.", "There is no such executor in your department."},
    0,
};
const poly_problem problem_application_unknown = {
    404,
    "application_not_found",
    {"Заявка не найдена", "Application not found"},
    {"Такой заявки нет, или она вам недоступна.", "There is no such application, or it is not yours to see."},
    0,
};
const poly_problem problem_service_inactive = {
    409,
    "service_inactive",
    {"Услуга отключена", "Service inactive"},
    {"Заявки на эту услугу сейчас не принимаются.", "Applications for this service are not accepted at the moment."},
    0,
};
const poly_problem problem_service_changed = {
    409,
    "service_changed",
    {"Форма изменилась", "The form has changed"},
    {"Форму услуги только что изменили. Откройте её заново.",
     "The form of the service has just been changed. Open it again."},
    0,
};
const poly_problem problem_attachment_required = {
    422,
    "attachment_required",
    {"Нужен файл", "A file is required"},
    {"К заявке на эту услугу нужно приложить хотя бы один файл.",
     "An application for this service needs at least one file."},
    0,
};
const poly_problem problem_state_illegal = {
    409,
    "illegal_status",
    {"Недопустимый переход", "Illegal step"},
    {"Из нынешнего состояния заявку нельзя перевести в это.",
     "The application cannot go from its present status to this one."},
    0,
};
const poly_problem problem_application_over = {
    409,
    "application_closed",
    {"Заявка закрыта", "Application closed"},
    {"Заявка уже закрыта, исполнителя назначить нельзя.", "The application is closed, so nobody can be assigned."},
    0,
};
const poly_problem problem_conversation_full = {
    409,
    "conversation_full",
    {"Переписка заполнена", "The conversation is full"},
    {"Больше сообщений к этой заявке не принимается: их уже 250, или весь их текст занял бы больше 1 МиБ.",
     "No more messages are taken for this application: there are 250, or all their text would be over 1 MiB."},
    0,
};
const poly_problem problem_too_many_open = {
    409,
    "too_many_open_applications",
    {"Слишком много открытых заявок", "Too many open applications"},
    {"У вас слишком много открытых заявок. Дождитесь ответа на них.",
     "You have too many open applications. Wait for them to be answered."},
    0,
};
const poly_problem problem_attachment_unknown = {
    404,
    "attachment_not_found",
    {"Файл не найден", "File not found"},
    {"Такого файла нет, или он вам недоступен.", "There is no such file, or it is not yours to see."},
    0,
};
const poly_problem problem_range_unsatisfiable = {
    416,
    "range_not_satisfiable",
    {"Недопустимый диапазон", "Range not satisfiable"},
    {"Запрошенной части файла нет.", "The file has no such part."},
    0,
};
const poly_problem problem_events_not_ready = {
    503,
    "events_not_ready",
    {"События пока недоступны", "Events not ready"},
    {"Поток событий ещё не готов. Повторите через секунду.",
     "The stream of events is not ready yet. Try again in a second."},
    1,
};
const poly_problem problem_too_many_files = {
    422,
    "too_many_files",
    {"Слишком много файлов", "Too many files"},
    {"Не больше 10 файлов за раз.", "At most 10 files at a time."},
    0,
};
const poly_problem problem_file_kind = {
    415,
    "file_type_not_allowed",
    {"Недопустимый тип файла", "File type not allowed"},
    {"Файлы с таким расширением не принимаются.", "Files with this extension are not accepted."},
    0,
};
const poly_problem problem_file_content = {
    415,
    "file_content_mismatch",
    {"Содержимое не соответствует имени", "The content does not match the name"},
    {"Содержимое файла не соответствует его расширению.", "The content of the file is not what its extension says."},
    0,
};
const poly_problem problem_file_empty = {
    422,
    "empty_file",
    {"Пустой файл", "Empty file"},
    {"Файл пуст. Выберите другой.", "The file is empty. Choose another one."},
    0,
};
const poly_problem problem_storage_unavailable = {
    503,
    "storage_unavailable",
    {"Файлы сейчас не принимаются", "Files cannot be stored"},
    {"Сохранить файл сейчас не получается. Повторите через несколько минут.",
     "The file cannot be stored at the moment. Try again in a few minutes."},
    30,
};
