// Package web is how pages look: templates, texts in Swedish and English,
// styles and scripts, all embedded, and dates as people write them. It decides
// nothing and asks nobody; the api hands it what to show.
//
//	text/<language>/*.json   what people read, by key
//	templates/layout.html    around every page; partials/ is shared by pages
//	templates/*/*.html       the pages
//	timeline*.go, chart.go   what is drawn, and the same in words
//	css/*.css, js/*.js       one stylesheet and one script, in the order of names
package web
