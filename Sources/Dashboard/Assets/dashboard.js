// Makes the dashboard's forms more comfortable. Every task works without it.

// Focuses the summary of faults, which browsers do not always do by themselves.
document.querySelector('.faults')?.focus()
