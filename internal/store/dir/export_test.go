package dir

// WithMounts sets who knows which disks are not mounted.
func WithMounts(unmounted func(path string) string) Option {
	return func(s *Store) { s.unmounted = unmounted }
}
