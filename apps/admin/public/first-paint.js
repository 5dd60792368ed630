// Runs before the first paint, so that the page never flashes in the other theme or direction.
(function () {
  var stored = {};
  try {
    stored = {
      theme: JSON.parse(localStorage.getItem('RaStore.theme') || 'null'),
      language: JSON.parse(localStorage.getItem('RaStore.locale') || 'null'),
    };
  } catch (error) {
    // A store that cannot be read is as good as none.
  }
  var theme = stored.theme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  document.documentElement.dataset.theme = theme;
  document.documentElement.style.colorScheme = theme;
  if (stored.language) document.documentElement.lang = stored.language;
  document.documentElement.dir = /^ar/.test(stored.language || '') ? 'rtl' : 'ltr';
})();
