package server_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/server"
	"lxdocker/internal/store/storetest"
)

func TestADownloadOfAnImageOnDemandIsTold(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "images"))
	publish := func(name string, hub bool) image.Version {
		return storetest.Split(t, s, image.Version{Name: name, Architecture: "amd64", Hub: hub}, []byte("metadata of "+name), rootfsBytes())
	}
	spec, hub, old := publish("spec", false), publish("hub", true), publish("old", true)
	if err := s.Retire(t.Context(), time.Now(), old); err != nil {
		t.Fatal(err)
	}
	var told []string
	handler := server.New(server.Options{Store: s, Downloaded: func(v image.Version) { told = append(told, v.Name) }})
	for _, method := range []string{http.MethodHead, http.MethodGet} {
		for _, v := range []image.Version{spec, hub, old} {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequest(method, "/"+v.Path(v.Files[1]), nil))
			if w.Code != http.StatusOK {
				t.Errorf("%s of %s is %d", method, v.Name, w.Code)
			}
		}
	}
	if !slices.Equal(told, []string{"hub"}) {
		t.Errorf("told of %v", told)
	}
	for _, method := range []string{http.MethodHead, http.MethodGet} {
		for _, v := range []image.Version{spec, hub} {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequest(method, "/1.0/images/"+v.Fingerprint+"/export", nil))
			if w.Code != http.StatusOK {
				t.Errorf("%s of the image %s is %d", method, v.Name, w.Code)
			}
		}
	}
	if !slices.Equal(told, []string{"hub", "hub"}) {
		t.Errorf("by a fingerprint, told of %v", told)
	}
}
