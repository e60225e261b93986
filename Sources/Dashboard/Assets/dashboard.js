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
    // A form without a Review button publishes at once, so it has no shortcut.
    if (!review || event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
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
  // A save after the submit would bring back the draft of an update that is published.
  form.addEventListener('submit', () => clearTimeout(timer))
}

// Shows the message below its field instead of in another tab, and again after each change.
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

// Counts the seconds until subscribers are notified.
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
  const take = () => {
    if (location.hash.length < 2) return
    form.elements[form.dataset.fragment].value = location.hash.slice(1)
    history.replaceState(null, '', location.pathname + location.search)
  }
  take()
  // If the screen is already open, opening such a link changes only the fragment and loads nothing.
  window.addEventListener('hashchange', take)
}
// Pages and their settings

const suggestSlug = () => {
  const slug = document.querySelector('[data-slug-of]')
  if (!slug) return
  const name = document.getElementById(slug.dataset.slugOf)
  let isTyped = slug.value !== ''
  slug.addEventListener('input', () => { isTyped = slug.value !== '' })
  name.addEventListener('input', () => {
    if (isTyped) return
    const words = name.value.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().match(/[a-z0-9]+/g) ?? []
    slug.value = words.join('-').slice(0, slug.maxLength).replace(/-$/, '')
  })
}

// The preview of the widget is at most 5 s old.
const refreshPreviews = () => {
  for (const element of document.querySelectorAll('[data-refresh]')) {
    setInterval(async () => {
      if (document.hidden) return
      const response = await fetch(element.dataset.refresh).catch(() => null)
      if (!response?.ok || response.redirected) return
      const text = await response.text()
      if (text !== element.textContent) element.textContent = text
    }, 3000)
  }
}

// Structure: edits without a new screen, drag and drop, and Alt with the arrow keys.

const editStructure = () => {
  const announcement = document.getElementById('announcement')
  if (!announcement) return
  const place = (item) => {
    const siblings = [...item.parentElement.children]
    const parent = item.parentElement.closest('[data-item]')
    return `${siblings.indexOf(item) + 1} of ${siblings.length}${parent ? ` in ${parent.dataset.name}` : ''}`
  }
  const send = async (path, fields, message, focus) => {
    const body = new URLSearchParams(new FormData(document.getElementById('tree')))
    for (const [name, value] of Object.entries(fields)) body.set(name, value)
    const response = await fetch(path, { method: 'POST', body }).catch(() => null)
    const next = response && new DOMParser().parseFromString(await response.text(), 'text/html')
    const structure = next?.getElementById('structure')
    if (!structure) return location.reload()
    document.getElementById('structure').replaceWith(structure)
    start()
    announcement.textContent = response.ok ? message() : structure.querySelector('.faults')?.textContent ?? ''
    focus()
  }
  const find = (id) => document.querySelector(`[data-item="${id}"]`)
  // Screen readers notice a change of the region only some time after the screen is loaded.
  const announce = (text) => setTimeout(() => { announcement.textContent = text }, 300)
  const focusButton = (item, direction) => {
    const button = item.querySelector(`[formaction$="/${item.dataset.item}/${direction}"]`)
    const target = button?.disabled ? item : button
    target?.focus()
  }
  const move = (item, direction) => {
    const { item: id, name } = item.dataset
    const button = item.querySelector(`[formaction$="/${id}/${direction}"]`)
    if (!button || button.disabled) {
      announcement.textContent = `${name} is ${direction === 'up' ? 'first' : 'last'} already`
      return
    }
    send(button.getAttribute('formaction'), {}, () => `${name} moved ${direction}: ${place(find(id))}`,
      () => focusButton(find(id), direction))
  }
  // A button reloads the screen. The new screen says what the button did, and focuses the button.
  const remember = (button) => {
    const item = button.closest('[data-item]')
    const action = button.getAttribute('formaction').split('/').pop()
    const near = item.nextElementSibling ?? item.previousElementSibling ?? item.parentElement.closest('[data-item]')
    sessionStorage.setItem('structure', JSON.stringify({ ...item.dataset, action, near: near?.dataset.item }))
  }
  const recall = () => {
    const done = JSON.parse(sessionStorage.getItem('structure') ?? 'null')
    sessionStorage.removeItem('structure')
    if (!done) return
    const item = find(done.item)
    const show = () => {
      if (done.action === 'remove') {
        if (item) return
        find(done.near)?.focus()
        announce(`${done.name} removed. To bring it back, discard your changes.`)
      } else if (item) {
        focusButton(item, done.action)
        announce(`${done.name} moved ${done.action}: ${place(item)}`)
      }
    }
    // Browsers focus the item in the address when the screen is loaded.
    if (document.readyState === 'complete') show()
    else window.addEventListener('load', () => setTimeout(show))
  }

  // The dragged item, and the place where it would go: before or after an item, or into one.
  let dragged = null
  let target = null
  const mark = (item, where) => {
    target?.item.removeAttribute('data-drop')
    target = item && { item, where }
    item?.setAttribute('data-drop', where)
  }
  const contains = { component: [], group: ['component'], sub_page: ['component', 'group'] }
  const canContain = (parent) => !parent || contains[parent.dataset.kind].includes(dragged.dataset.kind)
  const whereOver = (item, event) => {
    const box = item.querySelector('.item').getBoundingClientRect()
    const share = (event.clientY - box.top) / box.height
    const isInside = canContain(item) && share > 0.3
    const where = isInside ? 'into' : share < 0.5 ? 'before' : 'after'
    const parent = where === 'into' ? item : item.parentElement.closest('[data-item]')
    return canContain(parent) && !dragged.contains(item) ? where : null
  }
  const drop = () => {
    const { item, where } = target
    const parent = where === 'into' ? item : item.parentElement.closest('[data-item]')
    const siblings = where === 'into'
      ? [...(item.querySelector('ul')?.children ?? [])]
      : [...item.parentElement.children]
    const others = siblings.filter((sibling) => sibling !== dragged)
    const index = where === 'into' ? others.length : others.indexOf(item) + (where === 'after' ? 1 : 0)
    const { item: id, name } = dragged.dataset
    const path = `${document.querySelector('.tree').dataset.path}/items/${id}/move`
    const fields = { into: parent?.dataset.item ?? '', index }
    send(path, fields, () => `${name} moved: ${place(find(id))}`, () => find(id)?.focus())
  }

  const start = () => {
    for (const item of document.querySelectorAll('.tree [data-item]')) {
      item.querySelector('.item').draggable = true
    }
  }
  start()
  recall()
  document.addEventListener('click', (event) => {
    const button = event.target.closest('.tree button[formaction]')
    if (button) remember(button)
  })
  document.addEventListener('keydown', (event) => {
    const item = event.target.closest?.('.tree [data-item]')
    if (!item || !event.altKey || !['ArrowUp', 'ArrowDown'].includes(event.key)) return
    event.preventDefault()
    move(item, event.key === 'ArrowUp' ? 'up' : 'down')
  })
  document.addEventListener('dragstart', (event) => {
    dragged = event.target.closest?.('.tree [data-item]') ?? null
    if (!dragged) return
    event.dataTransfer.effectAllowed = 'move'
    event.dataTransfer.setData('text/plain', dragged.dataset.name)
  })
  document.addEventListener('dragover', (event) => {
    const item = dragged && event.target.closest?.('.tree [data-item]')
    const where = item && item !== dragged && whereOver(item, event)
    if (where) event.preventDefault()
    mark(where ? item : null, where)
  })
  document.addEventListener('drop', (event) => {
    if (!dragged || !target) return
    event.preventDefault()
    drop()
  })
  document.addEventListener('dragend', () => {
    mark(null)
    dragged = null
  })
}

suggestSlug()
refreshPreviews()
editStructure()
