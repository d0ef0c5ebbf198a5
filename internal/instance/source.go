package instance

import (
	"context"
	"fmt"
	"slices"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// newest finds the newest image of where an instance's image comes from, and has the
// daemon get it.
func (u *Updater) newest(ctx context.Context, i daemon.Instance, reference string) (fingerprint, from string, err error) {
	var s *daemon.UpdateSource
	if reference == "" {
		reference = i.Config[KeyReference]
	}
	if reference == "" {
		if s, err = u.source(ctx, i); err != nil {
			return "", "", err
		}
	}
	if reference == "" && s == nil {
		if reference, err = u.origin(ctx, i); err != nil {
			return "", "", err
		}
	}
	switch {
	case reference != "":
		fingerprint, err = u.Images.Bring(ctx, u.Daemon, reference)
	case s != nil:
		fingerprint, err = u.Daemon.CopyImage(ctx, daemon.Source{Alias: s.Alias, Server: s.Server, Protocol: s.Protocol, Certificate: s.Certificate})
		if daemon.Exists(err) { // Incus 6.0.4 says so if it follows the image itself
			fingerprint, err = u.followed(ctx, i, *s)
		}
	default:
		err = failure.Errorf(failure.NotFound, "nobody knows any more where its image comes from: say --from REMOTE:NAME once, or --from %s for that of the registry itself", i.Config[imageRef])
	}
	return fingerprint, reference, err
}

// remember writes down where the image of an instance comes from, for the next update.
func (u *Updater) remember(ctx context.Context, name, reference string) error {
	return u.edit(ctx, name, func(i *daemon.Instance) error {
		i.Config[KeyReference] = reference
		return nil
	})
}

// followed is the image that the daemon has got itself from where that of an instance comes from.
func (u *Updater) followed(ctx context.Context, i daemon.Instance, from daemon.UpdateSource) (string, error) {
	images, err := u.Daemon.Images(ctx)
	if err != nil {
		return "", err
	}
	for _, image := range images {
		if image.UpdateSource != nil && *image.UpdateSource == from && image.Architecture == i.Architecture {
			return image.Fingerprint, nil // it deletes the older one
		}
	}
	return "", failure.Errorf(failure.NotFound, "the daemon has no image any more from %s of %s", from.Alias, from.Server)
}

// source is where the daemon has the image of an instance from; nil if it does not know. A
// daemon that follows an image deletes it when there is a newer one, which then says the same.
func (u *Updater) source(ctx context.Context, i daemon.Instance) (*daemon.UpdateSource, error) {
	image, err := u.Daemon.Image(ctx, i.Config["volatile.base_image"])
	if err != nil && !daemon.NotFound(err) {
		return nil, err
	}
	if err == nil {
		return image.UpdateSource, nil
	}
	images, err := u.Daemon.Images(ctx)
	if err != nil {
		return nil, err
	}
	return sourceOf(i, images), nil
}

// origin is how the user's clients call the image of an instance that they have launched,
// such as hub:nginx: they told the daemon no name. It is "" if no server has such an image,
// or if there are several. If one of them cannot say, that is an error; a name that has nothing to
// do with the image may be one that a server cannot say anything about.
func (u *Updater) origin(ctx context.Context, i daemon.Instance) (reference string, err error) {
	base, meant := i.Config["image.os"], ""
	for _, server := range u.Servers {
		var unknown error
		has := false
		for _, name := range []string{base, base + ":" + i.Config["image.release"], i.Config[imageRef]} {
			image, err := daemon.Offered(ctx, server, name)
			switch {
			case daemon.NotFound(err):
			case err != nil:
				unknown = err
			case !alike(i, image):
			case meant == "":
				meant, reference, has = image.Fingerprint, server.Name+":"+name, true
			case meant != image.Fingerprint:
				return "", nil
			default:
				has = true
			}
		}
		if unknown != nil && !has { // its image may be the one that is meant, or another one
			return "", fmt.Errorf("looking where its image comes from: %s does not say whether it has it: %w: say --from REMOTE:NAME once", server.Name, unknown)
		}
	}
	return reference, nil
}

// telling are the properties that tell images of different names on one server apart.
var telling = []string{"lxdocker.ref", "os", "release", "variant"}

func alike(i daemon.Instance, image daemon.Image) bool {
	return !slices.ContainsFunc(telling, func(key string) bool { return image.Properties[key] != i.Config["image."+key] })
}

// sourceOf is where other versions of the image of an instance come from; nil if there is
// none, or if they do not agree.
func sourceOf(i daemon.Instance, images []daemon.Image) (from *daemon.UpdateSource) {
	for _, image := range images {
		if !alike(i, image) || image.UpdateSource == nil || image.Architecture != i.Architecture {
			continue
		}
		if from != nil && *from != *image.UpdateSource {
			return nil
		}
		from = image.UpdateSource
	}
	return from
}
