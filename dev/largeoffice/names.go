package largeoffice

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"countersign/collaboration"
)

var (
	firstNames = strings.Fields(`Agnes Albin Alva Anders Anja Arvid Astrid August Axel Birgitta Björn Carina Cecilia
		Daniel David Ebba Edvin Elias Elin Elsa Emil Erik Eva Fatima Filip Frida Gabriel Gunnar Gustav Hanna Helena Hugo
		Ida Ingrid Isak Ivar Jakob Johanna Jonas Josefin Karin Karl Kerstin Klara Lars Leila Lena Linnea Lisa Ludvig Magnus
		Malin Maria Martin Mattias Mikael Moa Niklas Nora Olle Oskar Patrik Per Petra Rebecka Rikard Sandra Signe Simon
		Siri Sofia Stina Sven Tilda Tobias Tuva Ulla Vera Viktor Wilma Yusuf Åke Åsa Örjan`)
	lastNames = strings.Fields(`Ahlgren Almqvist Alsterdal Asplund Backlund Bergdal Björkhem Blomgren Borgvall Brunnström
		Dahlby Edholm Ekbacken Engvall Falkenäs Forsmark Frisell Furuhed Grahn Granlund Grönvall Hagström Hallby Hedlund
		Hjortsberg Holmkvist Högdal Isberg Jernvall Kallén Klingvall Kvarnbäck Kärrman Lagerdal Lillhed Lindeby Ljungvall
		Lundmark Långström Malmby Moberg Myrén Nordhed Norrby Nyholm Näsman Palmdal Qvarnlöf Rosdahl Rydholm Rönnby
		Sandvall Sjögrund Skogvall Stenhammar Strandell Sundby Svedvall Söderhed Tallbäck Thorvall Tunberg Ulvdal Vallgren
		Vassbäck Vikdal Wallinder Westby Ytterdal Åberg Ågren Åkerhed Älvdal Ängström Öhrvall Östby`)
	trades = []string{"Bygg", "Måleri", "El", "Rör & Värme", "Plåt", "Snickeri", "Golv", "Tak", "Schakt", "Åkeri", "Bil & Däck",
		"Café", "Bageri", "Restaurang", "Catering", "Livs", "Blommor", "Trädgård", "Skog", "Lantbruk", "Hästgård", "Fisk & Skaldjur",
		"Frisör", "Hudvård", "Optik", "Tandvård", "Fysioterapi", "Redskap", "Verktyg", "Mekaniska", "Svets", "Industri", "Elektronik",
		"Data", "Reklam", "Foto", "Tryckeri", "Arkitekter", "Konsult", "Fastigheter", "Städ", "Flytt", "Vakt & Larm", "Resor", "Förskola"}
	places  = strings.Fields("Ekholma Björksta Norrviken Lillsjön Granäs Kvarnby Tallmora Sörånga Hagaby Älvnäs Österbo Rönnsta Stenvik Myrby Åsbro Furudal")
	grounds = strings.Fields("Norrskenet Granen Forsen Viken Höjden Gläntan Kullen Fyren Ladan Kvarnen Stigen Ängen Bryggan Holmen Åsen Heden")
)

// names draws names. The same seed gives the same names.
type names struct {
	*rand.Rand
	used map[string]bool
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func (n names) person() string { return pick(n.Rand, firstNames) + " " + pick(n.Rand, lastNames) }

// company returns a name that no other customer has.
func (n names) company() string {
	for {
		name := n.draw()
		if !n.used[name] {
			n.used[name] = true
			return name
		}
	}
}

func (n names) draw() string {
	trade := pick(n.Rand, trades)
	switch n.IntN(10) {
	case 0, 1, 2, 3:
		return genitive(pick(n.Rand, lastNames)) + " " + trade + " AB"
	case 4, 5:
		return trade + " i " + pick(n.Rand, places) + " AB"
	case 6, 7:
		return pick(n.Rand, places) + " " + trade + " AB"
	case 8:
		return pick(n.Rand, grounds) + " " + trade + pick(n.Rand, []string{" AB", " HB", " Ek. för."})
	default:
		return pick(n.Rand, lastNames) + " & " + pick(n.Rand, lastNames) + " " + trade + pick(n.Rand, []string{" AB", " HB"})
	}
}

// soleTrader returns the name of a company that a person is.
func (n names) soleTrader(owner string) string {
	name := owner + " " + pick(n.Rand, trades)
	for n.used[name] {
		name = owner + " " + pick(n.Rand, trades)
	}
	n.used[name] = true
	return name
}

func genitive(name string) string { return strings.TrimSuffix(name, "s") + "s" }

// contact returns a person at a company. The phone numbers are those that are reserved
// for fiction.
func (n names) contact(person, company string) collaboration.Contact {
	first, last, _ := strings.Cut(person, " ")
	return collaboration.Contact{
		Name: person, Email: slug(first) + "." + slug(last) + "@" + slug(company) + ".example",
		Phone: fmt.Sprintf("070-174 06 %02d", 5+n.IntN(95)),
	}
}

// slug returns the letters of a name, as they are in addresses.
func slug(name string) string {
	name = strings.NewReplacer("å", "a", "ä", "a", "ö", "o", "é", "e").Replace(strings.ToLower(name))
	name = strings.TrimSuffix(strings.TrimSuffix(name, " ab"), " hb")
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, name)
}

// companyNumber returns the n-th number of a series that no company has yet.
func companyNumber(n int) collaboration.OrganisationNumber {
	return withCheckDigit(fmt.Sprintf("5599%05d", 9000+113*n))
}

// personalNumber returns a number for a sole trader. Its birth number is one of those
// that the Swedish Tax Agency reserves for tests.
func personalNumber(n int) collaboration.OrganisationNumber {
	return withCheckDigit(fmt.Sprintf("%02d%02d%02d%d", 60+n%40, 1+n%12, 1+n%28, 238+n%2))
}

func withCheckDigit(nine string) collaboration.OrganisationNumber {
	for digit := range 10 {
		if number, err := collaboration.ParseOrganisationNumber(fmt.Sprint(nine, digit)); err == nil {
			return number
		}
	}
	panic("no check digit fits " + nine)
}
