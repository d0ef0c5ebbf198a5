package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"lxdocker/test/hostile/bomb"
)

// What there is from the beginning.
const (
	knownImages = 20
	wholeSize   = 20 << 20
)

// userAgent is that of a command line: whoever launches an image gets what its tag means
// at that moment, so the server asks the registry now and then.
const userAgent = "LXD 5.0.2 (Linux; x86_64; 6.1.0; Debian GNU/Linux; 12)"

// shelf is the registry of honest authors.
type shelf struct {
	*bomb.Registry
	host string
}

// small puts an image of three layers and some hundred kilobytes on the shelf that nobody has had.
func (s *shelf) small(name string) (reference string) {
	var layers []bomb.Packed
	for n := range 3 {
		l := bomb.NewLayer()
		for i := range 20 {
			l.File(fmt.Sprintf("%d/%d", n, i), bomb.Noise(rand.Int(), 10<<10))
		}
		layers = append(layers, l.Done())
	}
	s.Image(name, layers...)
	return s.host + "/" + name
}

// whole puts a larger one there.
func (s *shelf) whole(name string) (reference string) {
	l := bomb.NewLayer()
	l.File("file", bomb.Noise(1, wholeSize))
	s.Image(name, l.Done())
	return s.host + "/" + name
}

// fetch asks as a client of an address does, and gives the body.
func (b *battle) fetch(ctx context.Context, address int, path string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+serverAddress+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", userAgent)
	return clientOf(address).Do(request)
}

// ask asks what a name means, and returns its fingerprint.
func (b *battle) ask(ctx context.Context, address int, name string) (fingerprint string, err error) {
	r, err := b.fetch(ctx, address, "/1.0/images/"+url.PathEscape(name))
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	var answer struct {
		Error    string
		Metadata struct{ Fingerprint string }
	}
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
		return "", fmt.Errorf("asking for %s: %s: %w", name, r.Status, err)
	}
	if r.StatusCode != http.StatusOK {
		return "", fmt.Errorf("asking for %s: %d %s", name, r.StatusCode, answer.Error)
	}
	return answer.Metadata.Fingerprint, nil
}

// askKnown asks for one of the images that are there.
func (b *battle) askKnown(ctx context.Context) error {
	name := one(b.known)
	began := time.Now()
	fingerprint, err := b.ask(ctx, 2, name)
	if err != nil {
		return err
	}
	b.knownTimes.add(time.Since(began))
	if fingerprint != b.fingerprints[name] {
		return fmt.Errorf("%s is %.12s, and was %.12s", name, fingerprint, b.fingerprints[name])
	}
	return nil
}

// smallClients are the addresses of those who ask for new small images.
var smallClients = []int{3, 7, 8, 9}

// smallEvery is how much time is between two new small images, on average: none of the clients
// asks for more than 60 in an hour (--per-client).
func smallEvery(long time.Duration) time.Duration {
	of := time.Duration(len(smallClients))
	return min(max(long/60, 6*time.Second), time.Minute) / of
}

// askSmall asks for a small image that nobody has had, as the next client in turn.
func (b *battle) askSmall(ctx context.Context) error {
	client := smallClients[b.smallAsked%len(smallClients)]
	b.smallAsked++
	return b.timeSmall(ctx, client, &b.smallTimes)
}

func (b *battle) timeSmall(ctx context.Context, address int, into *times) error {
	name := b.shelf.small(fmt.Sprintf("small-%d", rand.Uint64()))
	began := time.Now()
	if _, err := b.ask(ctx, address, name); err != nil {
		return err
	}
	into.add(time.Since(began))
	return nil
}

// download fetches a whole image, and compares every byte.
func (b *battle) download(ctx context.Context) error {
	want := b.fingerprints[b.wholeName]
	r, err := b.fetch(ctx, 4, "/1.0/images/"+want+"/export")
	if err != nil {
		return err
	}
	defer r.Body.Close()
	got, err := sumOfParts(r)
	if err != nil {
		return fmt.Errorf("downloading: %w", err)
	}
	if got != want {
		return fmt.Errorf("downloading %s: it is %s", want, got)
	}
	return nil
}

// honestly does something again and again, and notes what came of it. What goes wrong
// while the server is restarted does not count.
func (b *battle) honestly(ctx context.Context, what string, every time.Duration, do func(context.Context) error) {
	for ctx.Err() == nil {
		life := b.life.Load()
		err := do(ctx)
		switch {
		case ctx.Err() != nil:
		case err == nil:
			b.counts.add(what, "right")
		case life != b.life.Load() || b.down.Load():
			b.counts.add(what, "during a restart")
			pause(ctx, 100*time.Millisecond)
		default:
			b.counts.add(what, "WRONG")
			b.wrong(fmt.Errorf("%s: %w", what, err))
		}
		pause(ctx, every/2+rand.N(every))
	}
}
