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
