"""How long a response model takes: seconds and peak memory by units, periods and channels, with a picture.

Usage: python scripts/response_speed.py BENCH_RESPONSE [PICTURE]

Each case is a process of its own and does all that a run does with a model: both passes, contrasts, joint effects, gates,
rolling origins. Prints a table; writes docs/images/response_speed.svg. Needs a machine with nothing else to do.
"""

import os
import subprocess
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "trichter"
import matplotlib.pyplot as plt

REQUIRED = [(1, 208, 10, 2), (40, 156, 5, 5), (500, 208, 10, 60)]
GROWTH = {
    "units (156 weeks, 5 channels)": [(units, 156, 5) for units in (1, 5, 20, 40, 100, 250, 500)],
    "weeks (20 units, 5 channels)": [(20, weeks, 5) for weeks in (80, 130, 208, 312, 520)],
    "channels (20 units, 156 weeks)": [(20, 156, channels) for channels in (2, 4, 6, 9, 12, 16)],
}


def measure(program: str, case: tuple[int, int, int]) -> tuple[float, float]:
    """Seconds and MiB of one case."""
    line = subprocess.run([program, "speed", *map(str, case)], check=True, capture_output=True, text=True).stdout
    *_, seconds, memory = line.strip().split(",")
    return float(seconds), float(memory)


def main() -> None:
    program = sys.argv[1]
    picture = sys.argv[2] if len(sys.argv) > 2 else "docs/images/response_speed.svg"
    print(f"load average at the start: {os.getloadavg()[0]:.2f}")
    print("| units × weeks × channels | seconds | wanted | peak memory, MiB |")
    print("| --- | --- | --- | --- |")
    for *case, limit in REQUIRED:
        seconds, memory = measure(program, tuple(case))
        print(f"| {' × '.join(map(str, case))} | {seconds:.2f} | under {limit} | {memory:.0f} |", flush=True)
    figure, panels = plt.subplots(1, len(GROWTH), figsize=(11, 3.2), layout="constrained")
    print("| growth with | " + "size: seconds |\n| --- | --- |")
    for panel, (name, cases) in zip(panels, GROWTH.items()):
        # What differs between the cases.
        place = next(at for at in range(3) if cases[0][at] != cases[1][at])
        seconds = [measure(program, case)[0] for case in cases]
        sizes = [case[place] for case in cases]
        print(f"| {name} | " + ", ".join(f"{size}: {took:.2f}" for size, took in zip(sizes, seconds)) + " |", flush=True)
        panel.plot(sizes, seconds, marker="o", color="#1f6f8b")
        panel.set(xlabel=name, ylim=(0, None), xlim=(0, None))
        panel.grid(alpha=0.3)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("seconds")
    os.makedirs(os.path.dirname(picture) or ".", exist_ok=True)
    figure.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    main()
