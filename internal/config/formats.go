package config

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"countersign/collaboration"
)

// formatCheck returns the problem of a value, or "".
type formatCheck func(value string) string

// anyValue accepts every value; require rejects the empty one.
func anyValue(string) string { return "" }

func databaseURL(s string) string {
	if path, ok := strings.CutPrefix(s, "sqlite:"); ok && path != "" {
		return ""
	}
	if u, err := url.Parse(s); err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") {
		if u.Host != "" || u.Query().Get("host") != "" { // the query has a socket's directory
			return ""
		}
	}
	return "must be postgres://USER:PASSWORD@HOST/DATABASE or sqlite:FILE"
}

func postgresURL(s string) string {
	if databaseURL(s) != "" || strings.HasPrefix(s, "sqlite:") {
		return "must be postgres://OWNER:PASSWORD@HOST/DATABASE"
	}
	return ""
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

// issuerURL requires https except on localhost: an attacker who can modify the provider's
// responses can log in as any user.
func issuerURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return "must be an https address, such as https://login.example"
	}
	return ""
}

// webOrigin requires an origin exactly as browsers send it, with https except on
// localhost: an attacker who can modify that site's pages has its access.
func webOrigin(s string) string {
	u, err := url.Parse(s)
	if err != nil || s != strings.ToLower(s) || s != u.Scheme+"://"+u.Host || !isBrowserHost(u) {
		return "must be the origin of an https site, such as https://temporal.example: no path, no slash at the end, no default port"
	}
	return ""
}

// isBrowserHost reports whether a browser would send this scheme, host and port as an
// origin.
func isBrowserHost(u *url.URL) bool {
	name := u.Hostname()
	if name == "" || strings.ContainsAny(name, "*,") || strings.HasSuffix(u.Host, ":") {
		return false
	}
	switch u.Scheme {
	case "https":
		return u.Port() != "443"
	case "http":
		return u.Port() != "80" && isLoopback(name)
	}
	return false
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// network accepts an IP address or a network such as 10.0.0.0/8.
func network(s string) string {
	_, err := netip.ParseAddr(s)
	if strings.Contains(s, "/") {
		_, err = netip.ParsePrefix(s)
	}
	if err != nil {
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

// address accepts HOST:PORT for listening, with an optional host.
func address(s string) string {
	_, port, err := net.SplitHostPort(s)
	if _, numberErr := strconv.ParseUint(port, 10, 16); err != nil || numberErr != nil {
		return "must be HOST:PORT"
	}
	return ""
}
