package layer

// Digest is the digest of the layer's blob.
func (p *Pack) Digest() string { return p.footer.digest.String() }

// DiffID is the digest of the archive in the blob.
func (p *Pack) DiffID() string { return p.footer.diffID.String() }
