/* SPDX-License-Identifier: MIT */
#include "problems.h"

/* The same for every reason, so that nobody learns which names exist. */
const poly_problem problem_login_wrong = {
    401,
    "invalid_credentials",
    {"Вход не выполнен", "Login failed"},
    {"Неверный логин или пароль.", "The username or the password is wrong."},
    0,
};
const poly_problem problem_other_app = {
    403,
    "other_app",
    {"Нет доступа к приложению", "No access to this application"},
    {"Эта учётная запись не относится к этому приложению.", "This account does not belong to this application."},
    0,
};
const poly_problem problem_hashing_overloaded = {
    503,
    "login_overloaded",
    {"Слишком много входов", "Too many logins"},
    {"Сейчас входит слишком много людей. Повторите через несколько секунд.",
     "Too many people are logging in at the moment. Try again in a few seconds."},
    2,
};
const poly_problem problem_refresh_refused = {
    401,
    "invalid_refresh_token",
    {"Сеанс завершён", "The session has ended"},
    {"Сеанс завершён или недействителен. Войдите снова.", "The session has ended or is not valid. Log in again."},
    0,
};
const poly_problem problem_session_unknown = {
    404,
    "session_not_found",
    {"Сеанс не найден", "Session not found"},
    {"Такого действующего сеанса у вас нет.", "You have no such live session."},
    0,
};
const poly_problem problem_user_unknown = {
    404,
    "user_not_found",
    {"Пользователь не найден", "User not found"},
    {"Такого пользователя нет.", "There is no such user."},
    0,
};
const poly_problem problem_username_taken = {
    409,
    "username_taken",
    {"Логин занят", "Username taken"},
    {"Этот логин уже занят. Выберите другой.", "This username is taken. Choose another one."},
    0,
};
const poly_problem problem_username_of_other = {
    400,
    "username_taken",
    {"Логин занят", "Username taken"},
    {"Этот логин принадлежит другому пользователю.", "This username belongs to another user."},
    0,
};
const poly_problem problem_role_not_admin = {
    403,
    "role_not_admin",
    {"Так создаются только администраторы", "Only administrators are made here"},
    {"Здесь создаются только администраторы приложений; сотрудников, исполнителей и преподавателей заводит их "
     "приложение.",
     "Only administrators of applications are made here; staff, executors and teachers are provisioned by their "
     "application."},
    0,
};
const poly_problem problem_last_admin = {
    409,
    "last_admin",
    {"Последний администратор", "The last administrator"},
    {"Последнего действующего администратора нельзя удалить или отключить.",
     "The last active administrator cannot be deleted or disabled."},
    0,
};
const poly_problem problem_app_filter_missing = {
    403,
    "app_filter_required",
    {"Не указано приложение", "No application named"},
    {"Сервис должен назвать в «app_filter» приложение, пользователей которого ему видно.",
     "A service must name in \"app_filter\" the application whose users it may see."},
    0,
};
const poly_problem problem_app_forbidden = {
    403,
    "app_forbidden",
    {"Чужое приложение", "Another application"},
    {"Пользователи этого приложения вызывающему сервису недоступны.",
     "The users of this application are out of the calling service's reach."},
    0,
};
const poly_problem problem_entity_conflict = {
    409,
    "entity_conflict",
    {"Идентификаторы указывают на разных пользователей", "The ids point at different users"},
    {"«entity_id» и «ruz_teacher_id» принадлежат двум разным пользователям.",
     "\"entity_id\" and \"ruz_teacher_id\" belong to two different users."},
    0,
};
const poly_problem problem_entity_other_role = {
    409,
    "entity_of_other_role",
    {"Пользователь другой роли", "A user of another role"},
    {"Под этим идентификатором уже есть пользователь с другой ролью.",
     "There is a user of another role under this id already."},
    0,
};
const poly_problem problem_duplicate_item = {
    409,
    "duplicate_item",
    {"Повтор в списке", "Repeated in the list"},
    {"Этот объект уже встретился в списке раньше.", "This entity has come earlier in the list."},
    0,
};
const poly_problem problem_telegram_taken = {
    400,
    "telegram_linked_to_other",
    {"Telegram уже привязан", "Telegram account in use"},
    {"Этот аккаунт Telegram привязан к другому пользователю.", "This Telegram account is linked to another user."},
    0,
};
const poly_problem problem_telegram_unknown = {
    404,
    "telegram_not_linked",
    {"Telegram не привязан", "Telegram account not linked"},
    {"Этот аккаунт Telegram не привязан ни к одному пользователю.", "This Telegram account is linked to no user."},
    0,
};
const poly_problem problem_user_disabled = {
    403,
    "user_disabled",
    {"Пользователь отключён", "User disabled"},
    {"Эта учётная запись отключена. Обратитесь к администратору.", "This account is disabled. Ask an administrator."},
    0,
};
const poly_problem problem_sync_unavailable = {
    503,
    "teacher_sync_unavailable",
    {"Синхронизация недоступна", "Teacher sync unavailable"},
    {"Сервис посещаемости сейчас не отвечает. Повторите через несколько секунд.",
     "The attendance service does not answer at the moment. Try again in a few seconds."},
    5,
};
const poly_problem problem_sync_rejected = {
    502,
    "teacher_sync_rejected",
    {"Синхронизация отклонена", "Teacher sync rejected"},
    {"Сервис посещаемости отклонил запрос.", "The attendance service rejected the request."},
    0,
};
