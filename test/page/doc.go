// Package page shows the pages of imgserver to a real browser: Chromium, driven by
// playwright-core. The test clicks what there is to click, has axe-core look for what people
// with a keyboard or a screen reader miss, and takes screenshots at two widths and in both
// colours. `make page` runs it.
package page
