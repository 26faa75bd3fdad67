"""Accessibility of a page as a browser has it: what WCAG 2.2 asks that can be measured, without a library.

Each check gives sentences about what is wrong; none is a page that passes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

# Contrast is computed from what is painted: the colour of each text over every background behind it.
_CHECKS = r"""
() => {
  const found = [];
  const words = e => (e.textContent || e.value || e.name || '').trim().slice(0, 40);
  const name = e => `${e.tagName.toLowerCase()}${e.id ? '#' + e.id : ''} “${words(e)}”`;
  const shown = e => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest('.hidden');
  const all = selector => [...document.querySelectorAll(selector)];
  if (!document.documentElement.lang) found.push('the page does not say its language');
  if (!document.title.trim()) found.push('the page has no title');
  if (all('main').length !== 1) found.push(`the page has ${all('main').length} main landmarks`);
  if (all('h1').length !== 1) found.push(`the page has ${all('h1').length} first headings`);
  let level = 0;
  for (const heading of all('h1, h2, h3, h4')) {
    const now = Number(heading.tagName[1]);
    if (now > level + 1) found.push(`${name(heading)} skips a level of headings`);
    level = now;
  }
  const ids = all('[id]').map(e => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push(`the id ${id} stands twice`);
  for (const attribute of ['aria-describedby', 'aria-labelledby', 'for'])
    for (const e of all(`[${attribute}]`))
      for (const id of e.getAttribute(attribute).split(/\s+/))
        if (!document.getElementById(id)) found.push(`${name(e)} refers to ${id}, which is not here`);
  for (const e of all('input:not([type=hidden]), select, textarea, button')) {
    const label = e.getAttribute('aria-label') || (e.labels && [...e.labels].map(l => l.textContent.trim()).join(' '));
    if (!e.closest('[aria-hidden=true]') && !(label || e.textContent).trim()) found.push(`${name(e)} has no name`);
  }
  for (const group of all('input[type=radio], input[type=checkbox]'))
    if (!group.closest('fieldset, [role=group]') && all(`input[name="${group.name}"]`).length === 1)
      found.push(`${name(group)} stands in no group`);
  for (const group of all('fieldset')) if (!group.querySelector('legend')) found.push('a group has no legend');
  for (const table of all('table')) if (!table.querySelector('th[scope]')) found.push('a table has no headers');

  const parse = text => {
    const srgb = text.match(/^color\(srgb ([\d.]+) ([\d.]+) ([\d.]+)(?: \/ ([\d.]+))?\)/);
    if (srgb) return [srgb[1] * 255, srgb[2] * 255, srgb[3] * 255, srgb[4] === undefined ? 1 : Number(srgb[4])];
    const parts = text.match(/[\d.]+/g).map(Number);
    return [parts[0], parts[1], parts[2], parts[3] === undefined ? 1 : parts[3]];
  };
  const over = (top, below) => top.slice(0, 3).map((c, i) => c * top[3] + below[i] * (1 - top[3])).concat(1);
  const ground = e => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const luminance = c => c.slice(0, 3).map(v => linear(v / 255))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };
  const texts = all('body *').filter(e => shown(e) && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  let least = 21;
  for (const e of texts) {
    const style = getComputedStyle(e), size = parseFloat(style.fontSize), back = ground(e);
    const ratio = contrast(over(parse(style.color), back), back);
    const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    least = Math.min(least, ratio);
    if (ratio < needed) found.push(`${name(e)} has a contrast of ${ratio.toFixed(2)}`);
    if (size < 13) found.push(`${name(e)} is written in ${size} pixels`);
  }
  for (const e of all('input[type=text], input[type=search], select, button').filter(shown)) {
    const style = getComputedStyle(e), around = ground(e.parentElement);
    const edge = Math.max(contrast(over(parse(style.borderTopColor), around), around), contrast(ground(e), around));
    if (edge < 3) found.push(`the edge of ${name(e)} has a contrast of ${edge.toFixed(2)}`);
  }
  for (const e of all('button, select, a, summary, input').filter(shown)) {
    if (e.type === 'hidden') continue;
    const pressed = e.labels && e.labels.length && /radio|checkbox/.test(e.type) ? e.labels[0] : e;
    const box = pressed.getBoundingClientRect();
    const inline = e.tagName === 'A' && getComputedStyle(e).display === 'inline';
    if (!inline && (box.width < 24 || box.height < 24)) found.push(`${name(e)} is ${box.width}×${box.height} to press`);
  }
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} wide in a window of ${clientWidth}`);
  return { found, least, texts: texts.length };
}
"""

# Focus must be seen: on the control itself, or on the row that it stands in.
_FOCUS = r"""
() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const rings = [e, e.closest('.choice'), e.closest('tr')].filter(Boolean).map(getComputedStyle);
  const order = [...document.querySelectorAll('*')].indexOf(e);
  const seen = rings.some(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2);
  const box = e.getBoundingClientRect();
  const inside = box.bottom > 0 && box.top < innerHeight;
  return { order, seen, inside, name: e.name || e.id || e.textContent.trim().slice(0, 30), tag: e.tagName };
}
"""


def find_problems(page: Any, least: int = 4) -> list[str]:
    """What a reader, a keyboard or a small screen would stumble over, on a page of so many texts at `least`."""
    result = page.evaluate(_CHECKS)
    assert result["texts"] >= least, "nothing was looked at"
    return list(result["found"])


def walk_by_keyboard(page: Any) -> list[str]:
    """Press Tab through the page: the focus goes forward, is seen, and is never trapped."""
    problems, last = [], -1
    page.evaluate("() => { document.activeElement.blur(); getSelection().removeAllRanges(); }")
    for _ in range(200):
        page.keyboard.press("Tab")
        at = page.evaluate(_FOCUS)
        if at is None or at["order"] <= last:
            break
        if not at["seen"]:
            problems.append(f"the focus on {at['name']} is not seen")
        if not at["inside"]:
            problems.append(f"{at['name']} has the focus out of sight")
        last = at["order"]
    else:
        problems.append("the focus does not come round")
    return problems if last >= 0 else [*problems, "nothing takes the focus"]


def find_axe_problems(page: Any, script: Path) -> list[str]:
    """What axe-core finds of WCAG 2.0 to 2.2, A and AA, and of good practice."""
    page.evaluate(script.read_text(encoding="utf-8"))
    result = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{each['id']}: {node['html'][:120]} {node['failureSummary']}"
        for each in result["violations"]
        for node in each["nodes"]
    ]
