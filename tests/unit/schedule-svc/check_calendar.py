# SPDX-License-Identifier: MIT
"""Reads the calendar that test_ical.c wrote with python3-icalendar, and compares it with what went in.

    check_calendar.py FILE
"""

import datetime
import pathlib
import sys
import zoneinfo

import icalendar

MOSCOW = datetime.timezone(datetime.timedelta(hours=3))


def check(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got!r}, not {wanted!r}")


def local(event, name):
    return event.decoded(name).astimezone(MOSCOW).strftime("%Y-%m-%d %H:%M")


def check_head(calendar):
    check("version", calendar["VERSION"], "2.0")
    check("name", calendar["NAME"], "Группа 5000001/10001, п/г 1; \\ и другие")
    check("old name", calendar["X-WR-CALNAME"], calendar["NAME"])
    check("time zone", calendar["X-WR-TIMEZONE"], "Europe/Moscow")
    check("interval", calendar["X-PUBLISHED-TTL"], "PT60M")
    check("no method", calendar.get("METHOD"), None)
    zones = calendar.walk("VTIMEZONE")
    check("zones", [str(zone["TZID"]) for zone in zones], ["Europe/Moscow"])
    offset = zones[0].to_tz().utcoffset(datetime.datetime(2026, 9, 7, 12))
    check("offset of the file's zone", offset, datetime.timedelta(hours=3))
    real = zoneinfo.ZoneInfo("Europe/Moscow").utcoffset(datetime.datetime(2026, 9, 7, 12))
    check("offset of the real zone", real, offset)


def check_full_event(event):
    check("start", local(event, "DTSTART"), "2026-09-07 10:00")
    check("end", local(event, "DTEND"), "2026-09-07 11:40")
    check("zone of the start", event["DTSTART"].params["TZID"], "Europe/Moscow")
    check("stamp", event.decoded("DTSTAMP"), datetime.datetime(2026, 9, 1, 8, tzinfo=datetime.timezone.utc))
    check("summary", event["SUMMARY"], "Лек: Теория, практика; \\ и очень длинное название предмета, чтобы строку пришлось перенести")
    check("location", event["LOCATION"], "101, Корпус проб; 102 А, Корпус проб")
    check("url", event["URL"], "https://l.example/%D0%BA%D1%83%D1%80%D1%81?id=1&x=2;3,4")
    check("description", event["DESCRIPTION"], "\n".join((
        "Лекции", "Преподаватели: Пробкина О. И., Пробкин П. П.", "Группы: 5000001/10001, 5000001/10002", "Поток",
        "Вебинар: https://w.example/1", "Курс: https://l.example/курс?id=1&x=2;3,4")))
    check("categories", event["CATEGORIES"].to_ical().decode(), "Лекции")


def check_bare_event(event):
    check("start", local(event, "DTSTART"), "2026-09-14 08:05")
    check("summary", event["SUMMARY"], "Занятие")
    check("members", sorted(event), ["DTEND", "DTSTAMP", "DTSTART", "SUMMARY", "UID"])


def main():
    text = pathlib.Path(sys.argv[1]).read_bytes()
    for line in text.split(b"\r\n"):
        line.decode("utf-8")
        if len(line) > 75 or b"\n" in line or b"\r" in line:
            sys.exit(f"bad line: {line!r}")
    calendar = icalendar.Calendar.from_ical(text)
    events = calendar.walk("VEVENT")
    check_head(calendar)
    check("errors", [event.errors for event in events if event.errors], [])
    check("events", len(events), 3)
    check("identifiers", len({str(event["UID"]) for event in events}), 3)
    check_full_event(events[0])
    check_bare_event(events[2])


main()
