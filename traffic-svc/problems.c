/* SPDX-License-Identifier: MIT */
#include "problems.h"

const poly_problem problem_launch_refused = {
    401,
    "launch_token_invalid",
    {"Личность не подтверждена", "Not identified"},
    {"Не удалось подтвердить, кто вы. Откройте приложение из портала ещё раз.",
     "It could not be established who you are. Open the application from the portal again."},
    0,
};

/* --- kiosks --- */

const poly_problem problem_tablet_unknown = {
    404,
    "tablet_not_found",
    {"Планшет не найден", "Kiosk not found"},
    {"Такого планшета нет.", "There is no such kiosk."},
    0,
};
const poly_problem problem_pin_unknown = {
    404,
    "pin_not_found",
    {"PIN-код не найден", "PIN not found"},
    {"Планшета с таким PIN-кодом нет.", "There is no kiosk with this PIN."},
    0,
};
const poly_problem problem_tablet_unregistered = {
    400,
    "tablet_not_registered",
    {"Планшет не зарегистрирован", "The kiosk is not registered"},
    {"Этот планшет ещё не закреплён за аудиторией.", "This kiosk has not been given a room yet."},
    0,
};
const poly_problem problem_no_free_pin = {
    503,
    "no_free_pin",
    {"Свободных PIN-кодов нет", "No free PIN"},
    {"Слишком много планшетов ждут регистрации. Повторите позже.",
     "Too many kiosks wait to be registered. Try again later."},
    60,
};

/* With another Retry-After each time. */
const poly_problem problem_kiosks_crowd = {
    503,
    "overloaded",
    {"Слишком много планшетов сразу", "Too many kiosks at once"},
    {"Сейчас подключается слишком много планшетов. Повторите через несколько секунд.",
     "Too many kiosks are connecting at the moment. Try again in a few seconds."},
    1,
};

/* --- sessions --- */

const poly_problem problem_session_unknown = {
    404,
    "session_not_found",
    {"Занятие не найдено", "Session not found"},
    {"Такого занятия нет.", "There is no such session."},
    0,
};
const poly_problem problem_session_closed = {
    404,
    "session_not_active",
    {"Занятие не идёт", "No active session"},
    {"Такого занятия нет, или отметка на нём уже закончена.", "There is no such session, or it is over."},
    0,
};
const poly_problem problem_session_of_other = {
    403,
    "session_of_other_teacher",
    {"Занятие другого преподавателя", "Another teacher's session"},
    {"Это занятие ведёт другой преподаватель.", "This session is another teacher's."},
    0,
};
const poly_problem problem_no_ruz_id = {
    400,
    "no_ruz_teacher_id",
    {"Нет связи с расписанием", "Not in the timetable"},
    {"Ваша учётная запись не связана с расписанием, поэтому занятия подобрать нельзя.",
     "Your account is not tied to the timetable, so no lessons can be offered."},
    0,
};
const poly_problem problem_code_stale = {
    400,
    "code_stale",
    {"Код устарел", "The code is stale"},
    {"QR-код устарел или неверен. Отсканируйте код с экрана ещё раз.",
     "The QR code is stale or wrong. Scan the code on the screen again."},
    0,
};
const poly_problem problem_claim_stale = {
    400,
    "claim_stale",
    {"Время вышло", "Out of time"},
    {"Сохранённое сканирование недействительно или устарело. Отсканируйте код с экрана ещё раз.",
     "The kept scan is not valid any more. Scan the code on the screen again."},
    0,
};
const poly_problem problem_attendance_unknown = {
    404,
    "attendance_not_found",
    {"Отметка не найдена", "Attendance not found"},
    {"Такой отметки на этом занятии нет.", "There is no such mark in this session."},
    0,
};
const poly_problem problem_student_listed = {
    409,
    "student_listed",
    {"Студент уже в списке", "The student is listed"},
    {"Этот студент уже есть в списке занятия. Измените его отметку.",
     "This student is in the session's list already. Change the mark there."},
    0,
};

/* --- teachers --- */

const poly_problem problem_teacher_unknown = {
    404,
    "teacher_not_found",
    {"Преподаватель не найден", "Teacher not found"},
    {"Такого преподавателя нет.", "There is no such teacher."},
    0,
};
const poly_problem problem_sync_runs = {
    409,
    "sync_running",
    {"Синхронизация уже идёт", "The sync is running"},
    {"Синхронизация преподавателей уже идёт. Дождитесь её конца.",
     "The teacher sync is running already. Wait for it to end."},
    0,
};
const poly_problem problem_telegram_off = {
    409,
    "telegram_not_configured",
    {"Бот Telegram не настроен", "No Telegram bot"},
    {"Бот Telegram не настроен: задайте TELEGRAM_BOT_USERNAME.",
     "There is no Telegram bot: set TELEGRAM_BOT_USERNAME."},
    0,
};
/* The same for every reason but age, so that nobody learns how near a forgery came. */
const poly_problem problem_telegram_refused = {
    401,
    "telegram_data_invalid",
    {"Telegram не подтвердил личность", "Not confirmed by Telegram"},
    {"Данные Telegram не подтверждены. Откройте приложение из Telegram ещё раз.",
     "The data are not confirmed by Telegram. Open the application from Telegram again."},
    0,
};
const poly_problem problem_telegram_expired = {
    401,
    "telegram_data_expired",
    {"Данные Telegram устарели", "Telegram's data have expired"},
    {"Данные Telegram устарели. Закройте приложение и откройте его из Telegram снова.",
     "Telegram's data are too old. Close the application and open it from Telegram again."},
    0,
};
const poly_problem problem_telegram_unlinked = {
    401,
    "telegram_not_linked",
    {"Telegram не привязан", "Telegram account not linked"},
    {"Этот аккаунт Telegram не привязан ни к одному преподавателю. Попросите у администратора ссылку для привязки.",
     "This Telegram account is linked to no teacher. Ask an administrator for the link to do so."},
    0,
};
const poly_problem problem_teacher_disabled = {
    403,
    "user_disabled",
    {"Пользователь отключён", "User disabled"},
    {"Эта учётная запись отключена. Обратитесь к администратору.", "This account is disabled. Ask an administrator."},
    0,
};
const poly_problem problem_not_teacher = {
    403,
    "not_a_teacher",
    {"Это не преподаватель", "Not a teacher"},
    {"Через Telegram входят только действующие преподаватели.", "Only active teachers log in through Telegram."},
    0,
};

/* --- the timetable --- */

const poly_problem problem_room_unknown = {
    404,
    "room_not_found",
    {"Аудитория не найдена", "Room not found"},
    {"Такого корпуса или такой аудитории нет.", "There is no such building or room."},
    0,
};
