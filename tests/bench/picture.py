# SPDX-License-Identifier: MIT
"""Scaling curves as SVG, drawn by gnuplot."""

import dataclasses
import shutil
import subprocess

SCRIPT = """\
set terminal svg size 720,400 font 'sans-serif,13' background '#ffffff'
set output '{path}'
set title '{title}' noenhanced
set xlabel '{x}' noenhanced
set ylabel '{y}' noenhanced
set border 3 lc rgb '#666666'
set tics nomirror
set grid y lc rgb '#dddddd' lt 1
set key outside right top noenhanced
set xrange [{least}:{most}]
set yrange [0:*]
{logarithmic}
{data}
plot {plots}
"""

COLOURS = ("#1b6ca8", "#c8553d", "#4f8a41", "#7d5ba6", "#b0861a", "#3d3d3d", "#d96ba0", "#3aa6a0")


@dataclasses.dataclass
class Curve:
    """One picture: `series` is {name: [(x, Spread or number)]}."""

    title: str
    x: str
    y: str
    series: dict
    logarithmic: bool = True  # the x axis


def quoted(text):
    return text.replace("'", "’").replace("\n", " ")


def bounds(value):
    """(median, least, most) of a Spread or a number."""
    return (value.median, value.least, value.most) if hasattr(value, "median") else (value, value, value)


def script(curve, path):
    data, plots = [], []
    for number, (name, points) in enumerate(curve.series.items()):
        rows = "\n".join(" ".join(f"{each:.6g}" for each in (x, *bounds(y))) for x, y in sorted(points, key=lambda p: p[0]))
        data.append(f"$series{number} << END\n{rows}\nEND")
        look = f"lc rgb '{COLOURS[number % len(COLOURS)]}'"
        if any(hasattr(value, "median") for _, value in points):
            plots.append(f"$series{number} using 1:2:3:4 with yerrorbars {look} pt 7 ps 0.5 notitle")
        plots.append(f"$series{number} using 1:2 with lines lw 2 {look} title '{quoted(name)}'")
    everywhere = [x for points in curve.series.values() for x, _ in points]
    room = (max(everywhere) - min(everywhere)) * 0.05 or 1
    least, most = min(everywhere) - room, max(everywhere) + room
    if curve.logarithmic:
        least, most = min(everywhere) / 1.5, max(everywhere) * 1.5
    return SCRIPT.format(
        path=path, title=quoted(curve.title), x=quoted(curve.x), y=quoted(curve.y), least=least, most=most,
        logarithmic="set logscale x" if curve.logarithmic else "", data="\n".join(data), plots=", \\\n ".join(plots),
    )


def draw(curve, path):
    """Answers whether there is a picture now."""
    if not shutil.which("gnuplot"):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    answer = subprocess.run(["gnuplot"], input=script(curve, path), capture_output=True, text=True, timeout=60, check=False)
    if answer.returncode != 0:
        raise AssertionError(f"gnuplot: {answer.stderr}")
    return True
