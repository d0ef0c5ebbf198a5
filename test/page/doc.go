// Package page shows the pages of imgserver to a real browser: Chromium, driven by
// playwright-core. The test clicks a link and a button of every kind that it finds on any page,
// has axe-core look at each page for what people with a keyboard or a screen reader miss, and
// takes screenshots, both at two widths and in both colours. `make page` runs it.
package page
