package server

import (
	"strings"
	"time"

	"lxdocker/internal/server/web"
	"lxdocker/internal/simplestreams"
)

// Observer is told of requests, for metrics. It learns nothing that the client chose: there
// are only a few kinds.
type Observer interface {
	RequestBegan(kind string)
	// RequestEnded has the status that was sent, 0 for none, the bytes of the body and how
	// long all of it took.
	RequestEnded(kind string, status int, bytes int64, took time.Duration)
}

// The kinds of requests.
const (
	kindPage   = "page"
	kindView   = "page_image"    // the page of one image
	kindDiffer = "page_changes"  // in what two versions differ
	kindDoing  = "page_activity" // the page of what is being converted
	kindEvents = "events"        // what changes there
	kindFeed   = "feed"
	kindAsset  = "asset" // what the pages need
	kindIcon   = "icon"
	kindIndex  = "index"
	kindImages = "images"
	kindFile   = "file"
	kindAPI    = "api"        // what the server is, and what is not there
	kindList   = "api_list"   // of images, or of aliases
	kindImage  = "api_image"  // one image or alias: what waits for a conversion is one of these
	kindExport = "api_export" // the files of an image
	kindOther  = "other"      // there is nothing
)

// kindOf says what an escaped path asks for, without its first slash.
func kindOf(path string) string {
	switch {
	case path == "":
		return kindPage
	case path == "favicon.ico":
		return kindIcon
	case path == web.ActivityPath:
		return kindDoing
	case path == web.EventsPath:
		return kindEvents
	case path == web.FeedPath:
		return kindFeed
	case strings.HasPrefix(path, web.ImagePrefix) && strings.HasSuffix(path, web.ChangesSuffix):
		return kindDiffer
	case strings.HasPrefix(path, web.ImagePrefix):
		return kindView
	case strings.HasPrefix(path, web.AssetPrefix):
		return kindAsset
	case path == simplestreams.IndexPath:
		return kindIndex
	case path == simplestreams.ImagesPath:
		return kindImages
	case strings.HasPrefix(path, "images/"):
		return kindFile
	case path == "1.0" || strings.HasPrefix(path, "1.0/"):
		return kindOfAPI(path)
	}
	return kindOther
}

func kindOfAPI(path string) string {
	rest, ok := strings.CutPrefix(path, "1.0/images")
	switch {
	case !ok || rest != "" && rest[0] != '/':
		return kindAPI
	case rest == "" || rest == "/aliases":
		return kindList
	case strings.HasPrefix(rest, "/aliases/"):
		return kindImage
	case strings.HasSuffix(rest, "/export"):
		return kindExport
	}
	return kindImage
}
