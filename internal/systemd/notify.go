package systemd

import (
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Manager is the service manager of this process. Its methods may be called by several
// goroutines.
type Manager struct {
	log  *slog.Logger
	send func(state string) error

	mu     sync.Mutex
	status string // said last
	failed bool   // the last message could not be sent, which was logged
}

// New returns the manager that the environment names (NOTIFY_SOCKET). log is told if messages
// cannot be sent, which ends nothing.
func New(log *slog.Logger) *Manager {
	return &Manager{log: log, send: func(state string) error {
		_, err := daemon.SdNotify(false, state)
		return err
	}}
}

// Listens says whether there is a manager that can be told something.
func (m *Manager) Listens() bool { return os.Getenv("NOTIFY_SOCKET") != "" }

// Ready says that the program does its work, after a start or a reload.
func (m *Manager) Ready() { m.say(daemon.SdNotifyReady) }

// Reloading says that the program reads its settings again. Ready has to follow.
func (m *Manager) Reloading() {
	// Units of Type=notify-reload are believed only with the time, as the answer to a signal
	// is told from one to the signal before by it. Others ignore it.
	m.say(daemon.SdNotifyReloading, strings.TrimSpace(daemon.SdNotifyMonotonicUsec()))
}

// Stopping says that the program ends, and why it may still be there for a while.
func (m *Manager) Stopping(status string) { m.say(daemon.SdNotifyStopping, "STATUS="+line(status)) }

// Status says in a line what the program does, for `systemctl status`. The same text is sent
// only once.
func (m *Manager) Status(text string) {
	text = line(text)
	m.mu.Lock()
	same := text == m.status
	m.status = text
	m.mu.Unlock()
	if !same {
		m.say("STATUS=" + text)
	}
}

// line is a text of one line: another one would be another message.
func line(text string) string { return strings.Join(strings.Fields(text), " ") }

func (m *Manager) say(lines ...string) {
	err := m.send(strings.Join(lines, "\n"))
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil && !m.failed {
		m.log.Warn("cannot tell the service manager how this server is; a unit with RestrictAddressFamilies= needs AF_UNIX there", "error", err)
	}
	m.failed = err != nil
}
