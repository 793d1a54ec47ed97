package config

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"countersign/collaboration"
)

func anything(string) string { return "" }

func databaseURL(s string) string {
	if path, ok := strings.CutPrefix(s, "sqlite:"); ok && path != "" {
		return ""
	}
	if u, err := url.Parse(s); err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") {
		if u.Host != "" || u.Query().Get("host") != "" { // a socket's folder stands in the query
			return ""
		}
	}
	return "must be postgres://USER:PASSWORD@HOST/DATABASE or sqlite:FILE"
}

func redisURL(s string) string {
	if _, err := redis.ParseURL(s); err != nil {
		return "must be redis://HOST:PORT/DATABASE, or rediss:// for TLS"
	}
	return ""
}

func webURL(s string) string {
	if u, err := url.Parse(s); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "must be an address such as https://countersign.example"
	}
	return ""
}

// issuerURL is encrypted, but on this very machine: who can change what the
// provider answers can be anybody.
func issuerURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		return "must be an https address, such as https://login.example"
	}
	return ""
}

// webOrigin is an origin exactly as browsers write it, encrypted but on this very
// machine: who can change that site's pages can read what it may read.
func webOrigin(s string) string {
	u, err := url.Parse(s)
	if err != nil || s != strings.ToLower(s) || s != u.Scheme+"://"+u.Host || !browsable(u) {
		return "must be the origin of an https site, such as https://temporal.example: no path, no slash at the end, no usual port"
	}
	return ""
}

// browsable reports whether a browser would ask that host, and by that port.
func browsable(u *url.URL) bool {
	name := u.Hostname()
	if name == "" || strings.ContainsAny(name, "*,") || strings.HasSuffix(u.Host, ":") {
		return false
	}
	switch u.Scheme {
	case "https":
		return u.Port() != "443"
	case "http":
		return u.Port() != "80" && loopback(name)
	}
	return false
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// network is an address, or a network such as 10.0.0.0/8.
func network(s string) string {
	_, wrong := netip.ParseAddr(s)
	if strings.Contains(s, "/") {
		_, wrong = netip.ParsePrefix(s)
	}
	if wrong != nil {
		return "must be an address, or a network such as 10.0.0.0/8"
	}
	return ""
}

func emailAddress(s string) string {
	if !collaboration.ValidEmail(s) {
		return "must be an e-mail address"
	}
	return ""
}

func mailAddress(s string) string {
	if _, err := mail.ParseAddress(s); err != nil {
		return "must be an address such as Countersign <no-reply@countersign.example>"
	}
	return ""
}

func hostAndPort(s string) string {
	if strings.HasPrefix(s, ":") {
		return "must be HOST:PORT"
	}
	return address(s)
}

// address is what to listen on: the host may be left out.
func address(s string) string {
	_, port, err := net.SplitHostPort(s)
	if _, numberErr := strconv.ParseUint(port, 10, 16); err != nil || numberErr != nil {
		return "must be HOST:PORT"
	}
	return ""
}
