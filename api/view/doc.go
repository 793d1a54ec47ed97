// Package view renders pages: templates, styles and scripts, which are embedded in the
// program. It has no rules and makes no lookups; the handlers pass all data.
//
//	templates/layout.html    the layout of all pages; partials/ is shared by pages
//	templates/*/*.html       the pages
//	timeline*.go, chart.go   drawings, each with the same content as text
//	css/*.css, js/*.js       one stylesheet and one script, in the order of names
package view
