package layer

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"

	"lxdocker/internal/background"
	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
	"lxdocker/internal/terminal"
)

// The sizes bound the memory for one layer: about 4 MiB, with the blocks that it fills
// and the state of zstd. Windows of zstd are counted separately.
const (
	fetchChunk  = 128 << 10
	fetchChunks = 4
	tarChunk    = 256 << 10
	tarChunks   = 4
)

// opener opens a blob to be read once. Its Close may be called while a Read is
// under way, and ends that.
type opener func(context.Context) (io.ReadCloser, error)

// stream reads one blob, with one goroutine each for reading and hashing the blob, for
// expanding it, for hashing the archive inside, and for parsing that:
//
//	fetch ─► expand ─┬─► hash
//	                 └─► parse
//
// Expanding takes longest, so a layer takes as long as that alone. An error ends all of
// them at once. If it says that the bytes are wrong, fetch still reads to the end, because
// a wrong size or digest is the better explanation.
type stream struct {
	blobRequest
	ctx     context.Context
	fail    context.CancelCauseFunc
	windows Windows
	limit   int64
	blob    io.Reader
	fetched chan *chunk
	hashing chan *chunk
	parsing chan *chunk

	spare                 *spare
	blobChunks, tarChunks *chunkPool

	size                          int64 // of the blob
	uncompressed                  bool  // the blob is the archive: its digest is the diffID
	gotDiffID                     sum
	fetchErr, expandErr, parseErr error
}

// run opens the blob, streams it and returns its size and its diffID, once every byte was
// verified. parse gets the archive; its errors are returned as they are. When run returns,
// nobody reads the blob any more.
func (want blobRequest) run(ctx context.Context, windows Windows, limit int64, spare *spare, open opener, parse func(context.Context, io.Reader) error) (int64, sum, error) {
	sctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	blob, err := open(sctx)
	if err != nil {
		return 0, sum{}, err // the source knows best what it was doing
	}
	closeBlob := sync.OnceFunc(func() { blob.Close() })
	defer closeBlob()
	// A read may wait for bytes that never come.
	defer context.AfterFunc(sctx, closeBlob)()
	s := &stream{
		blobRequest: want, ctx: sctx, fail: fail, windows: windows, limit: limit, blob: blob,
		fetched: make(chan *chunk, fetchChunks), hashing: make(chan *chunk, tarChunks), parsing: make(chan *chunk, tarChunks),
		spare: spare, blobChunks: newChunkPool(fetchChunks, fetchChunk, &spare.blobChunks), tarChunks: newChunkPool(tarChunks, tarChunk, &spare.tarChunks),
	}
	var wg sync.WaitGroup
	wg.Go(s.fetch)
	wg.Go(func() { background.Do(s.ctx, s.expand) })
	wg.Go(func() { background.Do(s.ctx, s.hash) })
	background.Do(s.ctx, func() { s.parse(parse) })
	wg.Wait()
	s.blobChunks.end()
	s.tarChunks.end()
	switch {
	case ctx.Err() != nil:
		return 0, sum{}, ctx.Err()
	case sctx.Err() != nil:
		return 0, sum{}, context.Cause(sctx)
	}
	if s.uncompressed {
		s.gotDiffID = s.digest
	}
	return s.size, s.gotDiffID, s.verdict()
}

// verdict picks the error that explains the others. It may be called only after expand
// has received everything from fetch.
func (s *stream) verdict() error {
	switch {
	case s.fetchErr != nil:
		return s.fetchErr
	case s.expandErr != nil:
		return s.expandErr
	case s.parseErr != nil && s.uncompressed && !mediatype.Is(s.MediaType, "", mediatype.Tar):
		return fmt.Errorf("%w (its media type is %s, and only gzip, zstd and uncompressed layers are known here)", s.parseErr, terminal.Clean(s.MediaType, 200))
	case s.parseErr != nil:
		return s.parseErr
	case !s.anyDiffID && s.gotDiffID != s.diffID:
		return wrongDiffID(s.diffID, s.gotDiffID)
	default:
		return nil
	}
}

func (s *stream) hash() {
	hash := sha256.New()
	in := &chunkReader{ctx: s.ctx, from: s.hashing}
	for in.next() == nil {
		hash.Write(in.now.buf[:in.now.n])
	}
	s.gotDiffID = sum(hash.Sum(nil))
}

// parse reads the archive, and what follows its end mark: the digests cover that, too
// (T14).
func (s *stream) parse(parse func(context.Context, io.Reader) error) {
	in := &chunkReader{ctx: s.ctx, from: s.parsing}
	err := parse(s.ctx, in)
	switch {
	case err == nil || s.ctx.Err() != nil:
	case failure.KindOf(err) == failure.Corrupt:
		s.parseErr = err
	default:
		s.fail(err)
	}
	_ = in.drain()
}

func wrongDiffID(wanted, got sum) error {
	return corruptf("it expands to something else than the image's config says: diffID wanted %s, got %s", wanted, got)
}
