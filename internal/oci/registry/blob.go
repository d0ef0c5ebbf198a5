package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"

	"github.com/google/go-containerregistry/pkg/name"

	"lxdocker/internal/failure"
)

const (
	// maxDrops is how many times in a row a download may be interrupted: with the
	// pauses between them, which grow to maxPause, that is a registry that is away
	// for five minutes, as when it is restarted or moved.
	maxDrops = 15
	// maxSlow is how many times a download that is too slow is begun again: elsewhere it
	// may be faster.
	maxSlow = 2
	// enough is how many bytes make a download count as progressing again.
	enough = 256 << 10
)

// errClosed is the error of a download that was closed before its end.
var errClosed = errors.New("reading a closed blob")

// blob streams a blob of a known size from a registry. When the connection drops
// or stalls, it requests the remaining bytes. It returns each byte once and in
// order, or fails; it does not check the digest.
//
// Close may be called while a Read is in progress.
type blob struct {
	ctx    context.Context // of all requests; Close ends it
	cancel context.CancelCauseFunc
	client *Client
	repo   name.Repository
	digest string
	size   int64
	packed packing // what the blob itself is compressed with

	mu     sync.Mutex    // held by Read, and guards what follows
	body   io.ReadCloser // nil between connections
	host   string        // that sends it
	exact  bool          // body ends by itself at the end of the blob
	offset int64         // of the next byte to hand out
	drops  int           // since the last byte of progress worth the name
	others int           // responses with something else
	slow   int           // connections that were given up because they were slow
	mark   int64         // offset at the last drop
	whole  bool          // the registry cannot send parts
	err    error
}

// openBlob sends the first request, so that a refusal is reported at once. If the
// registry has answered a moment ago, and is patient, one that cannot be reached is
// asked again as in the middle of a blob.
func openBlob(ctx context.Context, c *Client, repo name.Repository, digest string, size int64, packed packing, patient bool) (*blob, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	b := &blob{ctx: ctx, cancel: cancel, client: c, repo: repo, digest: digest, size: size, packed: packed}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.connect(); err != nil {
		if b.err = err; (patient || isOther(err)) && b.again(err) {
			b.err = nil
			b.drop(err, true)
		}
	}
	if b.err != nil {
		cancel(nil)
		return nil, b.err
	}
	return b, nil
}

func (b *blob) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(p) == 0 && b.err == nil {
		return 0, nil
	}
	for b.err == nil {
		if b.body == nil {
			if err := b.connect(); err != nil {
				b.drop(err, b.again(err))
				continue
			}
		}
		if b.offset == b.size {
			b.err = b.end()
			break
		}
		n, err := b.body.Read(p[:min(int64(len(p)), b.size-b.offset)])
		b.offset += int64(n)
		if err != nil && b.offset < b.size {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			if b.ctx.Err() == nil {
				b.client.mirrors.failed(b.host)
			}
			b.drop(failure.New(failure.Unavailable, err), !errors.Is(err, errSlow) || b.again(err))
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, b.err
}

// drop ends a connection. It either waits before the next one, or sets the error
// that ends the download.
func (b *blob) drop(err error, again bool) {
	b.disconnect()
	if b.offset-b.mark >= enough {
		b.drops = 0
	}
	b.mark = b.offset
	switch b.drops++; {
	case b.ctx.Err() != nil:
		b.err = context.Cause(b.ctx)
	case !again:
		b.err = err
	case b.drops > maxDrops:
		b.err = fmt.Errorf("at byte %d of %d, after %d attempts: %w", b.offset, b.size, b.drops, err)
	default:
		wait := backoff(b.drops - 1)
		b.client.log.InfoContext(b.ctx, "resuming a download", "blob", b.digest, "at", b.offset, "of", b.size, "error", err)
		if err := b.client.pause.sleep(b.ctx, wait); err != nil {
			b.err = err
		}
	}
}

// again reports whether the same request may get what this one did not: from a registry
// that was away, or sent something else; but it says that no more than twice.
func (b *blob) again(err error) bool {
	if errors.Is(err, errSlow) {
		b.slow++
		return b.slow <= maxSlow
	}
	if isOther(err) {
		b.others++
		return b.others <= maxOthers
	}
	return mayRecover(err)
}

// mayRecover reports whether an interrupted download may succeed later. Unlike for
// its first request, a refused connection counts: the registry may be restarting.
func mayRecover(err error) bool {
	var a *answerError
	if errors.As(err, &a) {
		return transientStatus(a.status) && a.retryAfter <= maxRetryAfter
	}
	return transient(err) || errors.Is(err, syscall.ECONNREFUSED)
}

// connect asks for the bytes from offset on.
func (b *blob) connect() error {
	for {
		header := http.Header{
			// Otherwise net/http asks for gzip, and decompresses blobs that a
			// server labels as such.
			"Accept-Encoding": {"identity"},
		}
		part := b.offset > 0 && b.offset < b.size && !b.whole
		if part {
			header.Set("Range", fmt.Sprintf("bytes=%d-%d", b.offset, b.size-1))
		}
		resp, s, err := b.client.request(b.ctx, b.repo, http.MethodGet, "/blobs/"+b.digest, header)
		if err != nil {
			return err
		}
		switch {
		case resp.StatusCode == http.StatusOK:
			return b.fromStart(resp, s)
		case part && resp.StatusCode == http.StatusPartialContent && resp.Header.Get("Content-Encoding") == "" && b.continues(resp):
			b.body, b.host, b.exact = resp.Body, s.endpoint.host, resp.ContentLength == b.size-b.offset
			return nil
		case part && (resp.StatusCode == http.StatusPartialContent || resp.StatusCode == http.StatusRequestedRangeNotSatisfiable):
			// Another part than requested: start over without Range.
			resp.Body.Close()
			b.whole = true
		default:
			return s.refusal(b.client, resp)
		}
	}
}

// continues reports whether the Content-Range of a response begins at offset
// (RFC 9110, 14.4).
func (b *blob) continues(resp *http.Response) bool {
	var first, last int64
	rest, ok := strings.CutPrefix(resp.Header.Get("Content-Range"), "bytes ")
	if n, err := fmt.Sscanf(rest, "%d-%d", &first, &last); !ok || n != 2 || err != nil {
		return false
	}
	_, total, _ := strings.Cut(rest, "/")
	return first == b.offset && last >= first && last < b.size && (total == "*" || total == fmt.Sprint(b.size))
}

// fromStart uses a response with the whole blob, which some servers send even to a
// range request, and skips what was returned already.
func (b *blob) fromStart(resp *http.Response, s *session) error {
	coded, err := b.packed.decode(resp, b.size, s.endpoint.host)
	if err != nil {
		resp.Body.Close()
		return err
	}
	b.whole = b.whole || coded // a part of it would be a part of what is encoded
	if resp.ContentLength >= 0 && resp.ContentLength != b.size {
		resp.Body.Close()
		b.client.mirrors.failed(s.endpoint.host)
		return &otherBytes{failure.Publicf(failure.Corrupt, "%s sends %d bytes instead of %d", s.endpoint.host, resp.ContentLength, b.size)}
	}
	if _, err := io.CopyN(io.Discard, resp.Body, b.offset); err != nil {
		resp.Body.Close()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return failure.New(failure.Unavailable, err)
	}
	b.body, b.host, b.exact = resp.Body, s.endpoint.host, resp.ContentLength == b.size
	return nil
}

// end makes sure that nothing follows the last byte.
func (b *blob) end() error {
	if b.exact {
		b.client.blobs.read(b.repo.Name(), b.digest, b.host)
		return io.EOF
	}
	var one [1]byte
	if n, _ := io.ReadFull(b.body, one[:]); n > 0 {
		return failure.Publicf(failure.Corrupt, "the registry sends more than %d bytes", b.size)
	}
	b.client.blobs.read(b.repo.Name(), b.digest, b.host)
	return io.EOF
}

func (b *blob) disconnect() {
	if b.body != nil {
		b.body.Close()
		b.body = nil
	}
}

// Close ends the download and any Read in progress. When it returns, nothing uses
// the connection any more.
func (b *blob) Close() error {
	b.cancel(errClosed)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.disconnect()
	if b.err == nil {
		b.err = errClosed
	}
	return nil
}
