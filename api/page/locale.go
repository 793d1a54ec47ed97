package page

import (
	"net/http"

	"countersign/api/i18n"
	"countersign/collaboration"
)

// localeCookie stores the language that the user selected.
const localeCookie = "countersign-language"

// localeField names the language in a query, and in a form that is posted to change it.
const localeField = "lang"

// negotiateLocale returns the language of the page and stores a new selection.
func (k *Kit) negotiateLocale(w http.ResponseWriter, r *http.Request) collaboration.Locale {
	l := selectedLocale(r)
	if r.URL.Query().Get(localeField) == string(l) {
		http.SetCookie(w, &http.Cookie{Name: localeCookie, Value: string(l), Path: "/", MaxAge: 365 * 24 * 3600,
			HttpOnly: true, Secure: k.config.Sessions.Cookie.Secure, SameSite: http.SameSiteLaxMode})
	}
	return l
}

// selectedLocale returns the language of the query, else of the cookie, else of the
// browser, else Swedish.
func selectedLocale(r *http.Request) collaboration.Locale {
	if l := collaboration.Locale(r.URL.Query().Get(localeField)); l.Valid() {
		return l
	}
	if cookie, err := r.Cookie(localeCookie); err == nil && collaboration.Locale(cookie.Value).Valid() {
		return collaboration.Locale(cookie.Value)
	}
	return i18n.MatchLanguage(r.Header.Get("Accept-Language"), collaboration.Swedish)
}
