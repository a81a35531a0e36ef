/* SPDX-License-Identifier: MIT */
/*
 * How a form's faults are told: for the form's own files.
 */
#ifndef SERVICES_FORM_FAULTS_H
#define SERVICES_FORM_FAULTS_H

#include "form.h"

/* Answers false, for `return form_add_fault(…)`. `field` and messages live in the arena or are static. */
bool form_add_fault(form_faults *faults, const char *field, const char *code, poly_message message);
/* The same with "Поле «label»" and `The field "label"` in front of the messages. */
bool form_add_about(form_faults *faults, const char *field, const char *label, const char *code, poly_message message);

#endif
