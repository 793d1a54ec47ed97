// Pages work without this script. With it they follow what happens, and a
// second click on a button sends nothing twice.
(() => {
  'use strict';

  // A region with data-live shows what the stream at that address sends: whole
  // pieces of the page, so that a reload or a second window sees the same.
  const follow = (region) => {
    const stream = new EventSource(region.dataset.live);
    let shown = region.innerHTML;
    stream.addEventListener('part', (event) => {
      if (event.data === shown) {
        return;
      }
      const at = region.contains(document.activeElement) && document.activeElement.getAttribute('href');
      region.innerHTML = shown = event.data;
      // Who was at a link there still is, and hears what is new.
      [...region.querySelectorAll('a')].find((a) => a.getAttribute('href') === at)?.focus();
      const say = document.getElementById(region.dataset.say);
      if (say) {
        say.textContent = region.querySelector('.said')?.textContent;
      }
    });
    stream.addEventListener('end', () => {
      stream.close();
      if (region.dataset.then) {
        location.replace(region.dataset.then);
      }
    });
  };
  document.querySelectorAll('[data-live]').forEach(follow);

  // What is wrong with a form is read out first.
  document.querySelector('.summary')?.focus();

  // A choice that asks for more shows the rest: data-when="name=value".
  document.querySelectorAll('[data-when]').forEach((part) => {
    const [name, value] = part.dataset.when.split('=');
    const inputs = [...part.closest('form').elements].filter((e) => e.name === name);
    const update = () => {
      const chosen = inputs.find((e) => (e.type === 'radio' ? e.checked : true));
      part.hidden = !chosen || chosen.value !== value;
    };
    inputs.forEach((e) => e.addEventListener('change', update));
    update();
  });

  // Filters apply at once.
  document.querySelectorAll('form[data-auto] select').forEach((select) => {
    select.addEventListener('change', () => select.form.requestSubmit());
  });

  // A change of the language posts the form that was filled in, so that the page shows its
  // values again. The server stores them for that and does nothing else.
  const isChanged = (field) => (field.options
    ? field.selectedIndex !== Math.max(0, [...field.options].findIndex((o) => o.defaultSelected))
    : 'defaultValue' in field && (field.checked !== field.defaultChecked || field.value !== field.defaultValue));
  document.querySelector('a.lang')?.addEventListener('click', (event) => {
    const form = [...document.querySelectorAll('form[method=post]:not([enctype])')].find((f) => [...f.elements].some(isChanged));
    if (form) {
      event.preventDefault();
      const language = document.createElement('input');
      [language.type, language.name, language.value] = ['hidden', 'lang', event.target.lang];
      form.append(language);
      form.submit();
    }
  });

  document.addEventListener('submit', (event) => {
    if (event.target.dataset.sent) {
      event.preventDefault();
    }
    event.target.dataset.sent = 'yes';
  });
  addEventListener('pageshow', () => {
    document.querySelectorAll('form[data-sent]').forEach((form) => delete form.dataset.sent);
  });
})();
