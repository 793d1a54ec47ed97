package webhook

import (
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"countersign/collaboration"
)

// specialPurpose are the IANA special-purpose networks that netip does not classify.
var specialPurpose = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10", "::/96",
)

func prefixes(all ...string) (p []netip.Prefix) {
	for _, s := range all {
		p = append(p, netip.MustParsePrefix(s))
	}
	return p
}

// IsPublic reports whether an address is on the internet.
func IsPublic(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Zone() != "" {
		return false
	}
	for _, p := range specialPurpose {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// rejectPrivate is a net.Dialer.Control that permits only public addresses.
func rejectPrivate(_, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil || !IsPublic(target.Addr()) {
		return &collaboration.Error{Code: collaboration.CodePrivateAddress}
	}
	return nil
}

// isLocalhost reports whether a name always resolves to the own machine.
func isLocalhost(name string) bool {
	name = strings.ToLower(strings.TrimRight(name, "."))
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// maxURLSize bounds a URL, in bytes.
const maxURLSize = 2000

// CheckURL returns CodeInvalidFormat or CodePrivateAddress for a URL that cannot be used. It
// does not resolve host names; the sender checks their addresses.
func CheckURL(s string, allowPrivate bool) collaboration.Code {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || len(s) > maxURLSize || strings.ContainsAny(s, " \r\n\t") || u.Scheme != "https" && u.Scheme != "http" {
		return collaboration.CodeInvalidFormat
	}
	if allowPrivate {
		return ""
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && !IsPublic(a) || u.Scheme != "https" || isLocalhost(u.Hostname()) {
		return collaboration.CodePrivateAddress
	}
	return ""
}
