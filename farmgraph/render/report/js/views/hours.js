/**
 * When in the week the members acted, by the clocks of the chosen zone, and by the hour of the day beside everybody
 * else on the same contents. Shifts and timers leave nights and week-ends empty.
 */

import { MEMBERS, blues } from "../colours.js";
import { el, svg } from "../dom.js";
import { count, cuts, drawing, inLine, listed, many, tenth, textWidth, words } from "../figure.js";
import { local, offset } from "../zones.js";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const LEFT = 42;
const TOP = 4;
const PROFILE = 84;
const MONTH = 30 * 86400e6;
const MATTERS = ["account", "content", "window", "zone", "size"];

const two = (n) => String(n).padStart(2, "0");
const hourText = (hour) => `${two(hour)}:00`;

/**
 * Shares of the day's hours in a zone, from counts by hour of the week in UTC.
 *
 * @param {Array<number>} byHour 168 counts from Monday 00:00 UTC.
 * @param {number} minutes How far the zone is ahead of UTC. Hours that a half-hour zone cuts apart are divided.
 * @returns {number[] | null} 24 shares; null where nothing is counted.
 */
export function profile(byHour, minutes) {
  const day = new Array(24).fill(0);
  const shift = Math.floor(minutes / 60);
  const part = minutes / 60 - shift;
  let all = 0;
  byHour.forEach((n, hour) => {
    const at = (((hour + shift) % 24) + 24) % 24;
    day[at] += n * (1 - part);
    day[(at + 1) % 24] += n * part;
    all += n;
  });
  return all ? day.map((n) => n / all) : null;
}

/** Marks of an axis of shares: few, round. */
function shareTicks(most) {
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5].find((s) => most / s <= 3.5) || 0.5;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
}

/** Whether a zone's clocks change between two times: looked at month by month. */
function clocksChange(zone, first, last) {
  for (let us = first; us < last; us += MONTH) if (offset(zone, us) !== offset(zone, first)) return true;
  return offset(zone, last) !== offset(zone, first);
}

/**
 * @param {HTMLElement} host
 * @param {object} cluster
 * @param {object} ctx
 * @returns {{update: function, destroy: function}}
 */
export function hours(host, cluster, ctx) {
  const { account, content, time_us: time } = cluster.actions;
  const dated = Array.from(time.keys()).filter((i) => Number.isFinite(time[i]));
  const title = el("p", { class: "chart-sum" });
  const stage = el("div", { class: "chart-stage still" });
  const small = el("p", { class: "note" });
  let plan = null;
  if (!dated.length) {
    host.append(el("p", { class: "note" }, "No action of this cluster has a time, so there are no hours to show."));
    return { update: () => {}, destroy: () => host.replaceChildren() };
  }
  host.append(title, stage, small);

  const counted = (seen) => {
    const week = new Array(168).fill(0);
    let n = 0;
    for (const i of dated) {
      if (seen.account !== null && account[i] !== seen.account) continue;
      if (seen.content !== null && content[i] !== seen.content) continue;
      if (seen.window && !(time[i] >= seen.window[0] && time[i] <= seen.window[1])) continue;
      const { weekday, hour } = local(seen.zone, time[i]);
      week[weekday * 24 + hour] += 1;
      n += 1;
    }
    return { week, n };
  };

  const cellsOf = (week, most, { wide, high }) => {
    const paths = new Map();
    const texts = [];
    week.forEach((n, i) => {
      const [x, y] = [LEFT + (i % 24) * wide, TOP + Math.floor(i / 24) * high];
      const colour = n ? blues(Math.round((n / most) * 16) / 16) : "#f3f5f7";
      if (!paths.has(colour)) paths.set(colour, []);
      paths.get(colour).push(`M${tenth(x)} ${tenth(y)}h${tenth(wide - 1)}v${high - 1}h${-tenth(wide - 1)}z`);
      if (!n || textWidth(count(most)) > wide - 3) return;
      texts.push(
        words(x + (wide - 1) / 2, y + high / 2 + 3.5, count(n), {
          "text-anchor": "middle",
          class: n / most > 0.45 ? "light" : "",
        }),
      );
    });
    return [...[...paths].map(([fill, d]) => svg("path", { d: d.join(""), fill })), ...texts];
  };

  /** What the shades stand for, at the right. */
  const scaleOf = (most, y, right) => {
    if (!most) return [];
    const text = count(most);
    const start = right - textWidth(text) - 6;
    const shades = Array.from({ length: 16 }, (_, i) =>
      svg("rect", { x: tenth(start - (16 - i) * 4), y: y - 9, width: 4.3, height: 10, fill: blues((i + 1) / 16) }),
    );
    return [
      words(start - 70, y, "0", { class: "tick", "text-anchor": "end" }),
      ...shades,
      words(right, y, text, { class: "tick", "text-anchor": "end" }),
    ];
  };

  /** Bars for the members, a dashed line for everybody else: each as shares of its own total. */
  const dayOf = (members, others, { wide, top, width }) => {
    const bottom = top + PROFILE;
    const most = Math.max(...(members || [0]), ...(others || [0]), 0.01);
    const y = (share) => bottom - (share / most) * (PROFILE - 6);
    const ticks = shareTicks(most);
    const right = LEFT + 24 * wide;
    const grid = ticks.map((tick) => `M${LEFT} ${tenth(y(tick))}H${tenth(right)}`).join("");
    const bars = (members || []).map((share, hour) =>
      share ? `M${tenth(LEFT + hour * wide)} ${bottom}V${tenth(y(share))}h${tenth(wide - 1)}V${bottom}z` : "",
    );
    const steps = (others || []).map(
      (share, hour) => `${hour ? "L" : "M"}${tenth(LEFT + hour * wide)} ${tenth(y(share))}h${tenth(wide)}`,
    );
    const every = [1, 2, 3, 6].find((n) => n * wide >= 44) || 6;
    const marks = Array.from({ length: Math.ceil(24 / every) }, (_, i) => i * every);
    return [
      svg("path", { class: "grid", d: grid }),
      ...ticks.map((tick) =>
        words(LEFT - 7, y(tick) + 4, `${Math.round(tick * 100)} %`, { class: "tick", "text-anchor": "end" }),
      ),
      svg("path", { class: "bars", fill: MEMBERS, d: bars.join("") }),
      svg("path", { class: "others", d: steps.join("") }),
      svg("path", { class: "frame", d: `M${LEFT} ${bottom}H${tenth(right)}` }),
      ...inLine(
        marks.map((hour) => ({ x: LEFT + hour * wide, text: hourText(hour) })),
        { y: bottom + 17, left: 0, right: width, name: "tick" },
      ),
      ...inLine([{ x: width, text: `hour of the day (${plan.zone})` }], {
        y: bottom + 33,
        left: 0,
        right: width - 4,
        name: "faint",
      }),
    ];
  };

  const draw = (seen) => {
    const width = Math.max(host.clientWidth, 260);
    const wide = Math.min(30, (width - LEFT - 4) / 24);
    const high = wide < 18 ? 18 : 22;
    const { week, n } = counted(seen);
    const most = Math.max(...week);
    plan = { wide, high, zone: seen.zone, week };
    const members = n ? profile(week, 0) : null;
    const first = cluster.first_us;
    const others = cluster.others_by_hour && profile(cluster.others_by_hour, offset(seen.zone, first));
    const key = TOP + 7 * high + 22;
    const away = LEFT + textWidth("■ members ") + 14;
    const top = key + 12;
    const label = `Actions of members by hour of the week in ${seen.zone}: ${many(n, "action")}, at most ${count(most)} in one hour of the week.`;
    const parts = [
      ...DAYS.map((day, i) =>
        words(LEFT - 7, TOP + i * high + high / 2 + 3.5, day, { class: "tick", "text-anchor": "end" }),
      ),
      ...cellsOf(week, most, plan),
      svg("rect", { class: "bars", x: LEFT, y: key - 9, width: 10, height: 10 }),
      words(LEFT + 15, key, "members", { class: "tick" }),
      ...(others
        ? [
            svg("path", { class: "others", d: `M${tenth(away)} ${key - 4}h22` }),
            words(away + 28, key, "everybody else", { class: "tick" }),
          ]
        : []),
      ...scaleOf(most, key, LEFT + 24 * wide),
      ...dayOf(members, others, { wide, top, width: Math.min(width, LEFT + 24 * wide + 4) }),
    ];
    stage.replaceChildren(drawing(width, top + PROFILE + 38, label, ...parts));
    const filter = [
      seen.account !== null && "account",
      seen.content !== null && "content",
      seen.window && "window",
    ].filter(Boolean);
    const all = cluster.n_rows;
    const chosen = filter.length ? `, those of the chosen ${listed(filter)}` : "";
    title.textContent = n === all ? many(n, "action") : `${count(n)} of ${many(all, "action")}${chosen}`;
    const untimed = cluster.n_without_time;
    small.textContent = [
      n ? "" : "No action of the cluster fits what is chosen.",
      others
        ? `Everybody else: ${many(
            cluster.others_by_hour.reduce((sum, one) => sum + one, 0),
            "action",
          )} on the same contents, whatever is chosen. Below: share of each one's own actions.`
        : "Nobody else acted on these contents.",
      untimed ? `${many(untimed, "action")} without a time ${untimed === 1 ? "is" : "are"} not shown.` : "",
      others && clocksChange(seen.zone, first, cluster.last_us)
        ? "Clocks changed meanwhile: everybody else's hours are those of the cluster's first day."
        : "",
      cuts(cluster),
    ]
      .filter(Boolean)
      .join(" ");
  };

  stage.addEventListener("pointermove", (event) => {
    const { left, top } = stage.getBoundingClientRect();
    const hour = Math.floor((event.clientX - left - LEFT) / plan.wide);
    const day = Math.floor((event.clientY - top - TOP) / plan.high);
    if (hour < 0 || hour > 23 || day < 0 || day > 6) return ctx.tip.hide();
    ctx.tip.show(event.clientX, event.clientY, [
      `${DAYS[day]} ${hourText(hour)} to ${two(hour)}:59 (${plan.zone})`,
      many(plan.week[day * 24 + hour], "action"),
    ]);
  });
  stage.addEventListener("pointerleave", () => ctx.tip.hide());

  const update = (snapshot, changed) => {
    if (MATTERS.some((name) => changed.has(name))) draw(snapshot);
  };
  const destroy = () => {
    ctx.tip.hide();
    host.replaceChildren();
  };
  return { update, destroy };
}
