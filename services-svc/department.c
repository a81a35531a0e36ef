/* SPDX-License-Identifier: MIT */
#include "department.h"

static void write_members(poly_json_writer *writer, const campus_department *department)
{
    poly_json_put_text(writer, "id", department->id);
    poly_json_put_text(writer, "name", department->name);
    poly_json_put_text(writer, "description", department->description);
    poly_json_put_text(writer, "created_at", department->created_at);
}

void department_write(poly_json_writer *writer, const char *name, const campus_department *department)
{
    poly_json_begin_object(writer, name);
    write_members(writer, department);
    poly_json_end_object(writer);
}

void department_write_whole(poly_json_writer *writer, const campus_department *department,
                            const campus_service *services, size_t count)
{
    poly_json_begin_object(writer, NULL);
    write_members(writer, department);
    poly_json_begin_array(writer, "services");
    for (size_t i = 0; i < count; i++) {
        poly_json_begin_object(writer, NULL);
        poly_json_put_text(writer, "id", services[i].id);
        poly_json_put_text(writer, "name", services[i].name);
        poly_json_put_text(writer, "description", services[i].description);
        poly_json_put_bool(writer, "requires_attachment", services[i].requires_attachment);
        poly_json_put_bool(writer, "is_active", services[i].is_active);
        poly_json_end_object(writer);
    }
    poly_json_end_array(writer);
    poly_json_end_object(writer);
}

void service_write(poly_json_writer *writer, const char *name, const campus_service *service)
{
    poly_json_begin_object(writer, name);
    poly_json_put_text(writer, "id", service->id);
    poly_json_put_text(writer, "department_id", service->department_id);
    poly_json_put_text(writer, "name", service->name);
    poly_json_put_text(writer, "description", service->description);
    poly_json_put_raw(writer, "required_fields", poly_slice_of(service->required_fields));
    poly_json_put_bool(writer, "requires_attachment", service->requires_attachment);
    poly_json_put_bool(writer, "is_active", service->is_active);
    if (service->due_working_days)
        poly_json_put_int(writer, "due_working_days", service->due_working_days);
    else
        poly_json_put_null(writer, "due_working_days");
    poly_json_put_text(writer, "created_at", service->created_at);
    poly_json_end_object(writer);
}

void executor_write(poly_json_writer *writer, const char *name, const campus_executor *executor)
{
    poly_json_begin_object(writer, name);
    poly_json_put_text(writer, "id", executor->id);
    poly_json_put_text(writer, "department_id", executor->department_id);
    poly_json_put_text(writer, "name", executor->name);
    poly_json_put_text(writer, "username", executor->username);
    poly_json_put_text(writer, "created_at", executor->created_at);
    poly_json_end_object(writer);
}
