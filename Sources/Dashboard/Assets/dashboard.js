// Makes the dashboard's forms more comfortable. Every task works without it.

// Focuses the summary of faults, which browsers do not always do by themselves.
document.querySelector('.faults')?.focus()

// Copy buttons: they copy the field that they name, and say so.
for (const button of document.querySelectorAll('[data-copy]')) {
  const field = document.getElementById(button.dataset.copy)
  const label = button.textContent
  button.hidden = false
  field.addEventListener('focus', () => field.select())
  button.addEventListener('click', async () => {
    field.select()
    try {
      await navigator.clipboard.writeText(field.value)
      button.textContent = 'Copied'
    } catch {
      button.textContent = 'Press Ctrl+C'
    }
    setTimeout(() => { button.textContent = label }, 2000)
  })
}
// Composing: incidents and maintenances

function compose(form) {
  const review = form.querySelector('[data-review]')
  form.addEventListener('keydown', event => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    form.requestSubmit(review)
  })
  const preview = form.querySelector('[data-preview]')
  if (preview) showPreview(form, preview)
  if (form.dataset.latest) watchUpdates(form)
  const draft = form.querySelector('[data-draft]')
  if (draft) saveDraft(form, draft)
}

// Saves the form two seconds after the last change.
function saveDraft(form, button) {
  const state = form.querySelector('[data-saved]')
  let timer
  async function save() {
    const body = new URLSearchParams(new FormData(form))
    body.set('auto', '1')
    const answer = await fetch(button.formAction, { method: 'POST', body }).catch(() => null)
    state.textContent = answer?.status === 204 ? 'Draft saved' : 'The draft could not be saved. Review keeps your text.'
  }
  form.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(save, 2000)
  })
  // After that, a late draft would come back although its update is published.
  form.addEventListener('submit', () => clearTimeout(timer))
}

// Shows the message below its field instead of in another tab, and then follows it.
function showPreview(form, button) {
  const box = form.querySelector('.preview')
  const message = form.elements.message
  let timer
  async function show() {
    const body = new URLSearchParams({ csrf: form.elements.csrf.value, message: message.value, part: '1' })
    const answer = await fetch(button.formAction, { method: 'POST', body }).catch(() => null)
    if (!answer?.ok || answer.redirected) return
    // The server's renderer admits only a few elements, and no scripts.
    box.innerHTML = await answer.text()
  }
  button.setAttribute('aria-expanded', 'false')
  button.addEventListener('click', event => {
    event.preventDefault()
    box.hidden = !box.hidden
    button.setAttribute('aria-expanded', String(!box.hidden))
    if (!box.hidden) show()
  })
  message.addEventListener('input', () => {
    clearTimeout(timer)
    if (!box.hidden) timer = setTimeout(show, 500)
  })
}

// Warns when somebody else publishes an update while this one is written.
function watchUpdates(form) {
  const warning = document.createElement('p')
  warning.setAttribute('role', 'status')
  form.prepend(warning)
  setInterval(async () => {
    if (document.hidden) return
    const answer = await fetch(form.dataset.latest).catch(() => null)
    if (!answer?.ok || answer.redirected) return
    const latest = await answer.json()
    if (latest.update === form.elements.after.value || warning.textContent) return
    warning.className = 'notice'
    warning.textContent = `${latest.warning}. Review shows it before yours is published.`
  }, 15000)
}

// Counts the seconds until subscribers are told.
function countDown(notice) {
  const seconds = notice.querySelector('[data-seconds]')
  const timer = setInterval(() => {
    seconds.textContent = Math.max(0, seconds.textContent - 1)
    if (seconds.textContent !== '0') return
    clearInterval(timer)
    notice.remove()
  }, 1000)
}

document.querySelectorAll('[data-compose]').forEach(compose)
document.querySelectorAll('[data-held]').forEach(countDown)

// Moves the token of a link from the fragment into the form, and out of the address bar and the history.
for (const form of document.querySelectorAll('[data-fragment]')) {
  if (location.hash.length < 2) continue
  form.elements[form.dataset.fragment].value = location.hash.slice(1)
  history.replaceState(null, '', location.pathname + location.search)
}
