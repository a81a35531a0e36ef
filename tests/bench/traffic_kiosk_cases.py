# SPDX-License-Identifier: MIT
"""Ten thousand kiosks on one traffic-svc: what each takes, how soon all hear of a change, and who is slowed by them."""

import time

import figures
import kiosk_crowd
import traffic_place

KIOSKS = 10_000
SESSIONS = 32
CONNECTIONS = 16
MARK_RATE = 150  # a second, by the clock: far below what it can do, so that the p99 is its own
# Another replica changes what all of them show, and says so.
CHANGE_ALL = ("INSERT INTO tablet_changes (tablet_id) SELECT id FROM tablets;"
              " SELECT pg_notify('tablet_changes', 'another replica')")


def marks(bench, place):
    """p99 of marks by the clock, in ms."""
    count = int(MARK_RATE * max(2.0, bench.seconds))
    options = ["-c", CONNECTIONS, "-r", MARK_RATE, *place.attend_options(count, SESSIONS)]
    seen = bench.load(place.server.url, *options)
    if seen["errors"]["all"] or seen["statuses"] != {"200": count}:
        raise AssertionError(f"marks: {seen}")
    return seen["latency_us"]["p99"] / 1000


def change_all(place, crowd):
    """Seconds from the transaction's end to the last kiosk's event."""
    crowd.expect()
    begun = time.monotonic()
    place.database.run(CHANGE_ALL)
    committed = time.monotonic()
    return crowd.await_all(60) - committed, committed - begun


def kiosks(bench):
    count = kiosk_crowd.room_for(KIOSKS)
    with traffic_place.cluster(bench, set(bench.cpus)) as base:
        place = traffic_place.Place(bench, base, daemon_cpus=bench.cpus)
        place.begin_sessions(count)
        alone = [marks(bench, place) for _ in range(bench.rounds)]
        before, cpu_before = place.traffic.resident_bytes(), place.server.cpu_seconds()
        begun = time.monotonic()
        with kiosk_crowd.Crowd(place.server.port, map(traffic_place.events_path, range(count))) as crowd:
            opened, cpu = time.monotonic() - begun, place.server.cpu_seconds() - cpu_before
            each = (place.traffic.resident_bytes() - before) / count / 1024
            beside = [marks(bench, place) for _ in range(bench.rounds)]
            idle = idle_cpu(place)
            delivered = [change_all(place, crowd)[0] for _ in range(bench.rounds)]
            at_most = (place.traffic.resident_bytes() - before) / count / 1024
        bench.empty_logs()
    return tell_kiosks(count, opened, cpu, idle, each, at_most, *map(figures.Spread.of, (delivered, alone, beside)))


def idle_cpu(place, seconds=5):
    """Part of a core that the daemon takes for streams on which nothing happens, in percent."""
    before = place.server.cpu_seconds()
    time.sleep(seconds)
    return (place.server.cpu_seconds() - before) * 100 / seconds


def tell_kiosks(count, opened, cpu, idle, each, at_most, delivered, alone, beside):
    section = [
        f"## B11: {count:,} kiosks on one traffic-svc",
        "",
        "Each is another kiosk with a stream and a session of its own. The event to all is a transaction of another replica "
        "that changes what every one of them shows: traffic-svc reads all their states and writes each to its kiosk.",
        "",
        "| what | seen |",
        "|---|---|",
        f"| all streams opened, each with its state | {opened:.1f} s, {cpu * 1e6 / count:.0f} µs of CPU each |",
        f"| resident, a stream | {each:.1f} KiB, {at_most:.1f} KiB after the events |",
        f"| CPU while nothing happens | {idle:.1f} % of a core |",
        f"| the last kiosk's event after the transaction | {delivered.text(2)} s |",
        f"| p99 of {MARK_RATE} marks a second, without kiosks | {alone.text(1)} ms |",
        f"| p99 of {MARK_RATE} marks a second, with them | {beside.text(1)} ms |",
    ]
    return section, [
        figures.limit_goal("B11", "resident memory of a stream", max(each, at_most), 20, "KiB"),
        figures.limit_goal("B11", f"an event to {count:,} kiosks: the last delivery", delivered, 1, "s", 2),
        figures.ratio_goal("B11", "p99 of marks with the kiosks against without", beside, alone, 1.5),
    ]


CASES = {"B11": figures.brief(kiosks, rounds=3)}
