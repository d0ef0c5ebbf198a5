package dir

import (
	"context"

	"lxdocker/internal/durable"
)

// scratch makes a folder in .tmp.
func (s *Store) scratch(ctx context.Context, prefix string) (c *durable.Scratch, err error) {
	if err := s.makeRoot(); err != nil {
		return nil, err
	}
	err = s.withLock(ctx, func() error {
		c, err = s.scratchLocked(prefix)
		return err
	})
	return c, err
}

// scratchLocked is scratch for those who have the mutation lock.
func (s *Store) scratchLocked(prefix string) (*durable.Scratch, error) {
	tmp, err := s.makeDirs(tmpDir)
	if err != nil {
		return nil, err
	}
	return durable.NewScratch(tmp, prefix)
}
