package instance

import "bytes"

// stamped reads lines that begin with their time, as `/lxd-logs -t` shows them, and passes
// them on without it. By the times it knows what it has passed on already, if it is shown a
// log again, even if the log no longer has its beginning.
type stamped struct {
	to *lineWriter

	at string // the time of the line that was read last
	n  int64  // how many bytes of lines of that time were read

	inside   bool   // a line has begun
	size     int    // how many bytes of it were read
	looked   bool   // it was seen that no time is in front of what comes
	stamp    []byte // what may be a time, and is not complete
	stranger bool   // the line has no time: it is a complaint of who shows the log

	known  string // what was passed on before: all until that time,
	bytes  int64  // and so much of the lines of that time
	caught bool   // that is over
}

const (
	mostStamp = 40   // how long a time is at most; what is longer is none
	usual     = 21   // how long one is that lxd-logs shows, with a blank
	piece     = 4000 // a longer line is in the log in pieces of so many bytes (guest/files/logger)
)

// again prepares for a log that is shown from the beginning, or from the time that it returns.
func (s *stamped) again() (since string) {
	if s.caught {
		s.known, s.bytes = s.at, s.n
	}
	*s = stamped{to: s.to, known: s.known, bytes: s.bytes}
	return s.known
}

func (s *stamped) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := bytes.IndexByte(rest, '\n') + 1
		ended := n > 0
		if !ended {
			n = len(rest)
		}
		if err := s.part(rest[:n], ended); err != nil {
			return 0, err
		}
		rest = rest[n:]
	}
	return len(p), nil
}

// part reads a part of one line.
func (s *stamped) part(t []byte, ended bool) (err error) {
	for len(t) > 0 && err == nil {
		switch {
		case !s.inside:
			t, err = nil, s.begin(t, ended)
		case s.size > 0 && s.size%piece == 0 && !s.looked:
			n := min(len(t), usual-len(s.stamp))
			err = s.resume(t[:n], ended && n == len(t))
			t = t[n:]
		default:
			n := min(len(t), piece-s.size%piece)
			s.looked = false
			err = s.text(t[:n])
			t = t[n:]
		}
	}
	if ended {
		s.inside, s.size, s.looked, s.stamp = false, 0, false, s.stamp[:0]
	}
	return err
}

// begin reads the beginning of a line.
func (s *stamped) begin(t []byte, ended bool) error {
	s.stamp = append(s.stamp, t...)
	at, text, found := bytes.Cut(s.stamp, []byte(" "))
	if !found && !ended && len(s.stamp) <= mostStamp {
		return nil
	}
	s.inside = true
	if s.stranger = !found || !isStamp(at); s.stranger {
		text = s.stamp
	} else if now := string(at); now != s.at {
		s.at, s.n = now, 0
		s.caught = s.caught || s.at > s.known
	}
	text = bytes.Clone(text)
	s.stamp = s.stamp[:0]
	return s.part(text, ended)
}

// resume reads what follows a piece of a line. When lxd-logs waits there for the next one, it
// has forgotten that, and shows the time once more.
func (s *stamped) resume(t []byte, ended bool) error {
	s.stamp = append(s.stamp, t...)
	if len(s.stamp) < usual && !ended {
		return nil
	}
	s.looked = true
	text := s.stamp
	if n := len(text) - 1; n == usual-1 && text[n] == ' ' && isStamp(text[:n]) {
		text = nil
	}
	err := s.text(text)
	s.stamp = s.stamp[:0]
	return err
}

// isStamp says whether it is a time, as 2026-11-29T15:30:42Z.
func isStamp(text []byte) bool {
	return len(text) > 10 && text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[len(text)-1] == 'Z'
}

// text passes on a part of a line, as far as it is new.
func (s *stamped) text(t []byte) error {
	s.size += len(t)
	if !s.stranger {
		before := s.n
		s.n += int64(len(t))
		switch {
		case s.caught:
		case s.at < s.known || s.n <= s.bytes:
			return nil
		default:
			s.caught = true
			t = t[max(0, s.bytes-before):]
		}
	}
	_, err := s.to.Write(t)
	return err
}
