"""A bar chart as SVG, readable on a light and on a dark page."""

from html import escape

BAR, GAP, LABEL, WIDTH = 14, 12, 190, 860
COLOURS = ["#0969da", "#8c959f", "#bf8700", "#8250df", "#cf222e", "#1a7f37", "#57606a"]


def bars(title, yardstick, groups):
    """groups: {workload: {server: how many times the yardstick}}. The first server is ours."""
    names = list(dict.fromkeys(name for group in groups.values() for name in group))
    longest = max(value for group in groups.values() for value in group.values())
    scale = (WIDTH - LABEL - 60) / longest
    out, top = [], 30
    for index, name in enumerate(names):
        left = LABEL + index * 108
        out.append(f'<rect x="{left}" y="8" width="10" height="10" fill="{COLOURS[index % len(COLOURS)]}"/>')
        out.append(text(left + 14, 17, name))
    for workload, group in groups.items():
        out.append(text(LABEL - 8, top + len(group) * BAR / 2 + 4, workload, "end"))
        for name, value in group.items():
            colour = COLOURS[names.index(name) % len(COLOURS)]
            out.append(f'<rect x="{LABEL}" y="{top}" width="{value * scale:.1f}" height="{BAR - 2}" fill="{colour}"/>')
            out.append(text(LABEL + value * scale + 4, top + BAR - 4, f"{value:.2f}"))
            top += BAR
        top += GAP
    line = LABEL + scale
    out.append(f'<line x1="{line:.1f}" y1="26" x2="{line:.1f}" y2="{top}" stroke="#8c959f" stroke-dasharray="3 3"/>')
    out.append(text(line, top + 10, f"1.0 = {yardstick}", "middle"))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top + 20}" font-family="sans-serif" font-size="11">'
    return "\n".join([head, f"<title>{escape(title)}</title>", *out, "</svg>", ""])


def text(x, y, words, anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#6e7781">{escape(words)}</text>'
