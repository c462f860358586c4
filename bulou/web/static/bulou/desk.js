// The console's only script: theme, the city's clock, renewal of the live part, keys. Every page works without it.
(() => {
  "use strict";
  const root = document.documentElement;
  const store = {
    get(key) {
      try {
        return localStorage.getItem(key);
      } catch {
        return null; // storage is forbidden by the browser's settings: the choice then lasts for this page only
      }
    },
    set(key, value) {
      try {
        localStorage.setItem(key, value);
      } catch {
        /* as above */
      }
    },
  };

  const showTheme = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  showTheme(store.get("bulou.theme")); // before the first paint, so that a dark room stays dark
  root.classList.add("js");

  const pad = (number) => String(number).padStart(2, "0");
  const inCity = (instant) => {
    // The server writes the clock with the city's offset; the reader's own zone may be another.
    const zone = /([+-])(\d\d):(\d\d)$/.exec(document.getElementById("clock")?.dateTime ?? "");
    const minutes = zone ? Number(`${zone[1]}1`) * (Number(zone[2]) * 60 + Number(zone[3])) : 0;
    const city = new Date(instant + minutes * 60_000);
    return `${pad(city.getUTCHours())}:${pad(city.getUTCMinutes())}`;
  };

  const runClock = () => {
    const clock = document.getElementById("clock");
    if (!clock) return;
    const offset = Date.parse(clock.dateTime) - Date.now();
    setInterval(() => {
      const text = inCity(Date.now() + offset);
      if (clock.textContent !== text) clock.textContent = text;
    }, 1000);
  };

  const press = (buttons, value) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === value));
  };
  const bindSwitch = (name, start, change) => {
    const buttons = [...document.querySelectorAll(`[data-switch="${name}"] button`)];
    press(buttons, start);
    for (const button of buttons) {
      button.addEventListener("click", () => {
        press(buttons, button.value);
        store.set(`bulou.${name}`, button.value);
        change(button.value);
      });
    }
  };

  // The live part is renewed while somebody looks and nobody is in the middle of something in it.
  const busy = () => {
    const live = document.getElementById("live");
    if (!live || document.hidden) return true;
    const at = document.activeElement;
    if (at && live.contains(at) && at.matches("input, select, textarea")) return true;
    return live.querySelector("details.act-form[open]") !== null || String(getSelection()) !== "";
  };
  const renew = () => {
    if (!busy() && window.htmx) window.htmx.trigger(document.body, "bulou:renew");
  };
  const bindRenewal = () => {
    const lost = document.getElementById("lost");
    let seen = Date.now();
    const fail = () => {
      if (!lost) return;
      lost.querySelector("time").textContent = inCity(seen + (Number(lost.dataset.offset) || 0));
      lost.hidden = false;
    };
    const clock = document.getElementById("clock");
    if (lost && clock) lost.dataset.offset = String(Date.parse(clock.dateTime) - Date.now());
    document.body.addEventListener("htmx:afterSwap", () => {
      seen = Date.now();
      if (lost) lost.hidden = true;
    });
    document.body.addEventListener("htmx:sendError", fail);
    document.body.addEventListener("htmx:timeout", fail);
    document.body.addEventListener("htmx:responseError", fail);
    setInterval(renew, 30_000);
    document.addEventListener("visibilitychange", renew);
  };

  const bindKeys = () => {
    let leader = 0;
    document.addEventListener("keydown", (event) => {
      if (store.get("bulou.keys") === "off" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest("input, select, textarea, [contenteditable]")) {
        if (event.key === "Escape") event.target.blur();
        return;
      }
      if (event.key === "/") {
        const field = document.getElementById("find");
        if (field) {
          event.preventDefault();
          field.focus();
          field.select();
        }
      } else if (event.key === "g") {
        leader = Date.now();
        return;
      } else if (Date.now() - leader < 1500) {
        const link = document.querySelector(`.nav a[data-key="${CSS.escape(event.key)}"]`);
        if (link) link.click();
      }
      leader = 0;
    });
  };

  const bindRest = () => {
    for (const menu of document.querySelectorAll("details.pops")) {
      document.addEventListener("click", (event) => {
        if (menu.open && !menu.contains(event.target)) menu.open = false;
      });
      menu.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || !menu.open) return;
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    }
    for (const button of document.querySelectorAll("[data-print]")) {
      button.addEventListener("click", () => window.print());
    }
    for (const button of document.querySelectorAll("[data-account]")) {
      button.addEventListener("click", () => {
        const form = document.querySelector("form.login");
        form.elements.username.value = button.dataset.account;
        form.elements.password.value = button.dataset.password;
        form.requestSubmit();
      });
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    // On a phone the row of pages is longer than the screen: the one that is open stands in sight.
    document.querySelector(".beside [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
    bindSwitch("theme", store.get("bulou.theme") || "auto", showTheme);
    bindSwitch("keys", store.get("bulou.keys") || "on", () => {});
    runClock();
    bindRenewal();
    bindKeys();
    bindRest();
  });
})();
