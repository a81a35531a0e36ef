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
