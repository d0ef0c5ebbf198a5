package access

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"log/slog"
	"runtime"
	"sync"

	"golang.org/x/crypto/bcrypt"

	"lxdocker/internal/changes"
)

// Users are those of a file, which is read again when it changes.
type Users struct {
	file string
	log  *slog.Logger
	key  [32]byte      // of the sums in known: nobody else can compute them
	busy chan struct{} // a place for each password that is being checked: that takes a processor

	mu      sync.Mutex
	seen    changes.Stamp // of the file when it was last read, well or not
	users   map[string][]byte
	nobody  []byte                     // a hash that no password has, as costly as the costliest
	known   map[[sha256.Size]byte]bool // logins that were right since the file was read
	version int                        // of users: how often they were read
}

// mostKnown is how many right logins are remembered: one for each user, mostly.
const mostKnown = 10_000

// File is where they are from.
func (u *Users) File() string { return u.file }

// LoadUsers reads a file of users.
func LoadUsers(file string, log *slog.Logger) (*Users, error) {
	u := &Users{file: file, log: log, seen: changes.StampOf(file), busy: make(chan struct{}, max(1, runtime.NumCPU()/2))}
	_, _ = rand.Read(u.key[:]) // never fails
	users, err := readUsers(file)
	if err != nil {
		return nil, err
	}
	u.take(users)
	return u, nil
}

// take uses what the file says now. The caller has mu, or is the only one.
func (u *Users) take(users map[string][]byte) {
	cost := bcrypt.MinCost
	for _, hash := range users {
		if c, err := bcrypt.Cost(hash); err == nil {
			cost = max(cost, c)
		}
	}
	if old, err := bcrypt.Cost(u.nobody); err != nil || old != cost {
		secret := make([]byte, 32)
		_, _ = rand.Read(secret)
		u.nobody, _ = bcrypt.GenerateFromPassword(secret, cost) // of this length and cost it never fails
	}
	u.users, u.known = users, map[[sha256.Size]byte]bool{}
	u.version++
}

// Has says whether the file has a user of a name.
func (u *Users) Has(name string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.users[name] != nil
}

// look reads the file again if it has changed. While it cannot be read, or has mistakes, the
// users before stay. The caller has mu.
func (u *Users) look() {
	now := changes.StampOf(u.file)
	if now == u.seen {
		return
	}
	u.seen = now
	users, err := readUsers(u.file)
	if err != nil {
		u.log.Warn("keeping the users as they were", "error", err)
		return
	}
	u.take(users)
	u.log.Info("the users have changed", "file", u.file, "users", len(users))
}

// remembered says whether a login was right since the file was read last. Otherwise what it
// returns is needed to check it.
func (u *Users) remembered(name, password string) (right bool, hash []byte, sum [sha256.Size]byte, version int) {
	mac := hmac.New(sha256.New, u.key[:])
	_, _ = mac.Write([]byte(name + ":" + password)) // a name has no colon
	mac.Sum(sum[:0])
	u.mu.Lock()
	defer u.mu.Unlock()
	u.look()
	hash = u.users[name]
	if hash == nil {
		hash = u.nobody
	}
	return u.known[sum], hash, sum, u.version
}

// compare computes the hash of a password, which takes long, and says whether it is right.
func (u *Users) compare(ctx context.Context, hash []byte, password string) (bool, error) {
	select {
	case u.busy <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	defer func() { <-u.busy }()
	return bcrypt.CompareHashAndPassword(hash, []byte(password)) == nil, nil
}

// remember notes a login that was right, unless the file has changed meanwhile.
func (u *Users) remember(sum [sha256.Size]byte, version int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.version == version && len(u.known) < mostKnown {
		u.known[sum] = true
	}
}
