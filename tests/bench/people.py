# SPDX-License-Identifier: MIT
"""Many users with names as people have them, made by the database itself."""

import concurrent.futures
import os
import subprocess

SURNAMES = """Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Фёдоров Морозов Волков Алексеев
Лебедев Семёнов Егоров Павлов Козлов Степанов Николаев Орлов Андреев Макаров Никитин Захаров Зайцев Соловьёв Борисов
Яковлев Григорьев Романов Воробьёв Сергеев Кузьмин Фролов Александров Дмитриев Королёв Гусев Киселёв Ильин Максимов
Поляков Сорокин Виноградов Ковалёв Белов Медведев Антонов Тарасов Жуков Баранов Филиппов Комаров Давыдов Беляев
Герасимов Богданов Осипов Сидоров Матвеев Титов Марков Миронов Крылов Куликов Карпов Власов Мельников Денисов Гаврилов
Тихонов Казаков Афанасьев Данилов Савельев Тимофеев Фомин Чернов Абрамов Мартынов Ефимов Федотов Щербаков Назаров
Калинин Исаев Чернышёв Быков Маслов Родионов Коновалов Лазарев Воронин Климов Филатов Пономарёв Голубев Кудрявцев
Прохоров Наумов Потапов Журавлёв Овчинников Трофимов Леонов Соболев Ермаков Колесников Гончаров Емельянов Никифоров
Грачёв Котов Гришин Ефремов Архипов Громов Кириллов Малышев Панов Моисеев Румянцев Акимов Кондратьев Бирюков Горбунов
Анисимов Ерёмин Тихомиров Галкин Лукьянов Михеев Скворцов Юдин Белоусов Нестеров Симонов Прокофьев Харитонов Князев
Цветков Левин Митрофанов Воронов Аксёнов Софронов Мальцев Логинов Горшков Савин Краснов Майоров Демидов Елисеев Рыбаков
Сафонов Плотников Демин Хохлов Фадеев Молчанов Игнатов Литвинов Ершов Ушаков Дементьев Рябов Мухин Калашников Леонтьев
Лобанов Кузин Корнеев Евдокимов Бородин Платонов Некрасов Балашов Бобров Жданов Блинов Игнатьев Коротков Муравьёв
Крюков Беляков Богомолов Дроздов Лавров Зуев Петухов Ларин Никулин Серов Терентьев Зотов Устинов Фокин Самойлов
Константинов Сахаров Шишкин Самсонов Черкасов Чистяков Носов Спиридонов Карасёв Авдеев Воронцов Зверев Владимиров
Селезнёв Нечаев Кудряшов Седов Фирсов Андрианов Панин Головин Терехов Ульянов Шестаков Агеев Никонов Селиванов Баженов
Гордеев Кожевников Пахомов Зимин Костин Широков Филимонов Ларионов Овсянников Сазонов Суворов Нефёдов Корнилов Любимов""".split()
GIVEN_NAMES = """Александр Сергей Дмитрий Алексей Андрей Михаил Владимир Николай Иван Евгений Павел Артём Максим Константин
Виктор Юрий Олег Роман Игорь Антон Денис Илья Кирилл Никита Василий Анатолий Григорий Станислав Вадим Борис Георгий
Пётр Глеб Фёдор Тимофей Егор Матвей Ярослав Лев Степан""".split()
PATRONYMICS = """Александрович Сергеевич Дмитриевич Алексеевич Андреевич Михайлович Владимирович Николаевич Иванович
Евгеньевич Павлович Артёмович Максимович Константинович Викторович Юрьевич Олегович Романович Игоревич Антонович
Денисович Ильич Кириллович Никитич Васильевич Анатольевич Григорьевич Станиславович Вадимович Борисович Георгиевич
Петрович Глебович Фёдорович""".split()
LATIN = dict(zip("абвгдежзийклмнопрстуфхцчшщъыьэюя",
                 "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch _ y _ e iu ia".split()))


def fold(word):
    return word.lower().replace("ё", "е")


def latin(word):
    return "".join(LATIN[letter] for letter in fold(word)).replace("_", "")


def _array(words):
    return "ARRAY['" + "','".join(words) + "']"


# A few surnames are many people's: the square of an even distribution prefers the first of the list.
_PICK = "1 + floor(power(random(), 2) * {count})::int"

FILL = f"""
SELECT setseed({{seed}});
WITH made AS (
INSERT INTO users (id, username, full_name, app, role, entity_id, ruz_teacher_id, telegram_id, sort_text)
SELECT gen_random_uuid(), username, full_name, app, role, 'person-' || n,
       CASE WHEN role = 'teacher' THEN n END, CASE WHEN n % 3 = 0 THEN 1000000 + n END, folded || ' ' || username
FROM (
    SELECT n, (s.display)[si] || ' ' || (g.display)[gi] || ' ' || (p.display)[pi] AS full_name,
           (s.folded)[si] || ' ' || (g.folded)[gi] || ' ' || (p.folded)[pi] AS folded,
           (s.latin)[si] || '.' || left((g.latin)[gi], 1) || left((p.latin)[pi], 1) || n AS username,
           CASE WHEN n % 10 = 0 THEN 'services' ELSE 'traffic' END AS app,
           CASE WHEN n % 20 = 0 THEN 'staff' WHEN n % 10 = 0 THEN 'executor' ELSE 'teacher' END AS role
    FROM (SELECT n, {_PICK.format(count=len(SURNAMES))} AS si, {_PICK.format(count=len(GIVEN_NAMES))} AS gi,
                 {_PICK.format(count=len(PATRONYMICS))} AS pi FROM generate_series({{first}}, {{last}}) n) picked,
         (SELECT {_array(SURNAMES)} AS display, {_array(map(fold, SURNAMES))} AS folded,
                 {_array(map(latin, SURNAMES))} AS latin) s,
         (SELECT {_array(GIVEN_NAMES)} AS display, {_array(map(fold, GIVEN_NAMES))} AS folded,
                 {_array(map(latin, GIVEN_NAMES))} AS latin) g,
         (SELECT {_array(PATRONYMICS)} AS display, {_array(map(fold, PATRONYMICS))} AS folded,
                 {_array(map(latin, PATRONYMICS))} AS latin) p
) named
RETURNING id, app, sort_text)
INSERT INTO user_words (app, word, sort_text, user_id)
SELECT m.app, w.word, m.sort_text, m.id FROM made m, LATERAL (SELECT DISTINCT unnest(words_of(m.sort_text))) w (word)
"""

PART = 50000

COUNTS = "INSERT INTO user_counts (app, role, total) SELECT app, role, count(*) FROM users GROUP BY app, role"
RANGES = (
    "INSERT INTO user_ranges (level, start, app, role, total)"
    " SELECT l.level, '', c.app, c.role, c.total FROM user_counts c, generate_series(0, 2) l (level)"
)


def _run(database, *statements):
    """Without a limit of time."""
    command = [database.postgres.binaries / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database.url]
    subprocess.run(
        [*command, *(word for sql in statements for word in ("-c", sql))],
        check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )


def indexes_of(database, table):
    """(how to drop it, how to make it) of each index that nothing refers to."""
    plain = database.run(
        f"SELECT indexname, indexdef FROM pg_indexes i WHERE tablename = '{table}'"
        " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)"
    )
    constraints = database.run(
        f"SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint c WHERE contype IN ('p', 'u')"
        f" AND conrelid = '{table}'::regclass"
        " AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.conindid)"
    )
    return [(f"DROP INDEX {name}", definition) for name, definition in plain] + [
        (f"ALTER TABLE {table} DROP CONSTRAINT {name}", f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        for name, definition in constraints
    ]


def fill(database, count):
    """Puts `count` users into an empty database. Indexes made behind the rows take a fraction of the time."""
    indexes = {table: indexes_of(database, table) for table in ("users", "user_words")}
    _run(database, *(drop for table in indexes.values() for drop, _ in table), "ALTER TABLE users DISABLE TRIGGER USER")
    fills = [
        FILL.format(first=first, last=min(first + PART - 1, count), seed=first / (count + 1))
        for first in range(1, count + 1, PART)
    ]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
        list(threads.map(lambda sql: _run(database, sql), fills))
        makes = [[make for _, make in table] + [f"VACUUM ANALYZE {name}"] for name, table in indexes.items()]
        list(threads.map(lambda statements: _run(database, *statements), makes))
    _run(database, COUNTS, RANGES, "SELECT count(*) FROM cut_user_ranges()", "ANALYZE user_counts, user_ranges",
         "ALTER TABLE users ENABLE TRIGGER USER")
