/* SPDX-License-Identifier: MIT */
#include "problems.h"

const poly_problem problem_login_wrong = {
    401,
    "invalid_credentials",
    {"Вход не выполнен", "Login failed"},
    {"Неверный логин или пароль.", "The username or the password is wrong."},
    0,
};
const poly_problem problem_cas_not_understood = {
    502,
    "cas_not_understood",
    {"Ошибка системы единого входа", "The single sign-on failed"},
    {"Система единого входа университета ответила неожиданным образом. Мы уже знаем об этом; попробуйте позже.",
     "The university's single sign-on answered in an unexpected way. Try again later."},
    0,
};
const poly_problem problem_redirect_off = {
    404,
    "redirect_login_off",
    {"Вход через CAS не настроен", "No login by redirect"},
    {"Вход с переходом на страницу CAS здесь не настроен. Войдите по логину и паролю.",
     "Login by CAS's own page is not configured here. Log in with username and password."},
    0,
};
const poly_problem problem_state_wrong = {
    400,
    "login_state_invalid",
    {"Вход начат не здесь", "The login did not begin here"},
    {"Этот вход начат не в этом браузере или слишком давно. Начните вход заново.",
     "This login did not begin in this browser, or too long ago. Begin again."},
    0,
};
const poly_problem problem_ticket_refused = {
    401,
    "ticket_refused",
    {"Вход не подтверждён", "The login is not confirmed"},
    {"Система единого входа не подтвердила вход: билет уже использован, устарел или выдан другому сервису. Войдите "
     "снова.",
     "The single sign-on did not confirm the login: the ticket was used, is too old or is another service's. Log in "
     "again."},
    0,
};
const poly_problem problem_app_unknown = {
    404,
    "miniapp_not_found",
    {"Приложение не найдено", "Mini-app not found"},
    {"Такого мини-приложения нет.", "There is no such mini-app."},
    0,
};
const poly_problem problem_password_needed = {
    409,
    "password_needed",
    {"Нужен вход по паролю", "A login by password is needed"},
    {"Чтобы открыть зачётную книжку, войдите по логину и паролю ещё раз.",
     "To open the record book, log in with username and password once more."},
    0,
};
const poly_problem problem_record_book_refused = {
    409,
    "record_book_refused",
    {"Зачётная книжка не открылась", "The record book did not open"},
    {"Сайт зачётной книжки не принял ваш логин и пароль. Если вы меняли пароль, войдите ещё раз.",
     "The record-book site did not take your username and password. If you changed the password, log in again."},
    0,
};
const poly_problem problem_record_book_not_understood = {
    502,
    "record_book_not_understood",
    {"Ошибка сайта зачётной книжки", "The record-book site failed"},
    {"Сайт зачётной книжки ответил неожиданным образом. Попробуйте позже.",
     "The record-book site answered in an unexpected way. Try again later."},
    0,
};
const poly_problem problem_group_unknown = {
    404,
    "group_not_found",
    {"Группа не найдена", "Group not found"},
    {"Такой группы в расписании нет. Проверьте институт и номер группы.",
     "The timetable knows no such group. Check the faculty and the group's number."},
    0,
};
const poly_problem problem_no_group = {
    404,
    "no_group",
    {"Группа неизвестна", "Group unknown"},
    {"В вашем профиле нет учебной группы. Укажите группу в запросе.",
     "Your profile has no study group. Name the group in the request."},
    0,
};
