package agent

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
	"lxdocker/internal/instance"
)

func TestThePolicySaysWhatIsUpdated(t *testing.T) {
	for name, row := range map[string]struct {
		config  map[string]string
		agents  Policy
		want    string // what is done
		status  Status
		because string
	}{
		"nobody says":               {nil, Off, "", Disabled, ""},
		"the agent says":            {nil, Auto, "update web", Current, ""},
		"the instance says":         {map[string]string{keyPolicy: "auto"}, Off, "update web", Current, ""},
		"the instance says not":     {map[string]string{keyPolicy: "off"}, Auto, "", Disabled, ""},
		"people are told":           {map[string]string{keyPolicy: "notify"}, Auto, "", Available, ""},
		"it is no policy":           {map[string]string{keyPolicy: "always"}, Auto, "", Wrong, `"always" is none of`},
		"its window is wrong":       {map[string]string{keyWindow: "night"}, Auto, "", Wrong, "no window"},
		"its age is wrong":          {map[string]string{keyMinAge: "2 days"}, Auto, "", Wrong, "no duration"},
		"it needs itself":           {map[string]string{keyAfter: "web"}, Auto, "", Wrong, "needs itself"},
		"what it needs is not here": {map[string]string{keyAfter: "db"}, Auto, "update web", Current, ""},
	} {
		f := fleetOf()
		f.add("web", row.config)
		a, _ := agentOf(f)
		a.Policy = row.agents
		looks(t, a)
		if did := f.did(); did != row.want {
			t.Errorf("%s: it did %q", name, did)
		}
		if s, why := statusOf(a, "web"); s != row.status || !strings.Contains(why, row.because) {
			t.Errorf("%s: it is %s: %s", name, s, why)
		}
	}
}

// What a profile says is in the expanded settings alone.
func TestAProfileSaysThePolicy(t *testing.T) {
	f := fleetOf("web")
	delete(f.instances["web"].Config, keyPolicy)
	a, _ := agentOf(f)
	looks(t, a)
	if did := f.did(); did != "update web" {
		t.Errorf("it did %q", did)
	}
}

func TestWhatIsLeftToPeople(t *testing.T) {
	for name, row := range map[string]struct {
		change func(f *fleet)
		status Status
		why    string
	}{
		"it does not run":    {func(f *fleet) { f.instances["web"].Status = "Stopped" }, HeldBack, "does not run"},
		"the agent is in it": {func(f *fleet) {}, Available, "the agent runs in it"},
		"the tag was put back": {func(f *fleet) {
			f.images["web-2"] = daemon.Image{Fingerprint: "web-2", CreatedAt: birth.Add(-time.Hour)}
		}, HeldBack, "older"},
		"it is that of before": {func(f *fleet) {
			f.set("web", "user.lxdocker.update.state", `{"role":"new","of":"web","step":"kept","from":"web-2"}`)
		}, HeldBack, "before the last update"},
		"it did not work here":             {func(f *fleet) { f.set("web", "user.lxdocker.refused", "web-2") }, Refused, "the last time"},
		"it did not work for another one":  {func(f *fleet) { f.add("other", map[string]string{"user.lxdocker.refused": "web-2"}) }, HeldBack, "did not work for other"},
		"the registry does not answer":     {func(f *fleet) { f.faults["web"] = errRegistry }, Unknown, "does not answer"},
		"the daemon cannot say how old":    {func(f *fleet) { delete(f.images, "web-2") }, Unknown, "how old"},
		"it is not signed":                 {func(f *fleet) { f.faults["web"] = failure.Errorf(failure.Untrusted, "no signature") }, Wrong, "no signature"},
		"it is of a kind that has none":    {func(f *fleet) { f.faults["web"] = failure.Errorf(failure.Unsupported, "too long") }, Wrong, "too long"},
		"the tag means what it runs again": {func(f *fleet) { f.newest["web"] = "web-1" }, Current, ""},
	} {
		f := fleetOf("web")
		row.change(f)
		a, _ := agentOf(f)
		if name == "the agent is in it" {
			a.Self = "web"
		}
		if looks(t, a) {
			t.Errorf("%s: it is a failure", name)
		}
		if did := f.did(); did != "" {
			t.Errorf("%s: it did %q", name, did)
		}
		if s, why := statusOf(a, "web"); s != row.status || !strings.Contains(why, row.why) {
			t.Errorf("%s: it is %s: %s", name, s, why)
		}
	}
}

// A look may take hours. What people change meanwhile counts.
func TestTheRulesOfNowCount(t *testing.T) {
	for name, row := range map[string]struct {
		change func(f *fleet)
		status Status
		why    string
	}{
		"it is off now":          {func(f *fleet) { f.set("web", keyPolicy, "off") }, Disabled, "off"},
		"people are told now":    {func(f *fleet) { f.set("web", keyPolicy, "notify") }, Available, ""},
		"its window has closed":  {func(f *fleet) { f.set("web", keyWindow, "12:00-13:00 UTC") }, Waiting, "window"},
		"its settings are wrong": {func(f *fleet) { f.set("web", keyWindow, "night") }, Wrong, "no window"},
		"it was stopped":         {func(f *fleet) { f.instances["web"].Status = "Stopped" }, HeldBack, "does not run"},
		"the image is to be older": {func(f *fleet) {
			f.set("web", keyMinAge, "48h")
			f.images["web-2"] = daemon.Image{Fingerprint: "web-2", CreatedAt: birth.Add(time.Hour), UploadedAt: time.Now()}
		}, Waiting, "to have been there"},
	} {
		synctest.Test(t, func(t *testing.T) { // at midnight
			f := fleetOf("web")
			f.meanwhile = func(string) { row.change(f) }
			a, _ := agentOf(f)
			if looks(t, a) {
				t.Errorf("%s: it is a failure", name)
			}
			if did := f.did(); did != "" {
				t.Errorf("%s: it did %q", name, did)
			}
			if s, why := statusOf(a, "web"); s != row.status || !strings.Contains(why, row.why) {
				t.Errorf("%s: it is %s: %s", name, s, why)
			}
		})
	}
}

// What may be older than the image that runs is left to people, who hear of it once.
func TestImagesThatMayBeOlderAreNotTaken(t *testing.T) {
	gone := func(f *fleet) { delete(f.images, "web-1") }
	for name, row := range map[string]struct {
		before, change func(f *fleet) // the agent's first look, if any, and the one that counts
		why            string         // "": it is taken
	}{
		"the newer one has no date": {nil, func(f *fleet) { f.images["web-2"] = daemon.Image{Fingerprint: "web-2", CreatedAt: time.Unix(1, 0)} }, "does not say"},
		"the older one has none":    {nil, func(f *fleet) { f.images["web-1"] = daemon.Image{Fingerprint: "web-1"} }, "nobody knows"},
		"both are of a builder that gives no dates": {nil, func(f *fleet) {
			for _, name := range []string{"web-1", "web-2"} {
				f.images[name] = daemon.Image{Fingerprint: name, CreatedAt: time.Unix(1, 0)}
			}
		}, ""},
		"the older one was removed":   {nil, gone, "nobody knows"},
		"it was removed after a look": {func(f *fleet) {}, gone, ""},
		"it was, and the tag was put back": {func(f *fleet) {}, func(f *fleet) {
			gone(f)
			f.images["web-2"] = daemon.Image{Fingerprint: "web-2", CreatedAt: birth.Add(-time.Hour)}
		}, "older than"},
		"another one runs since that look":   {func(f *fleet) {}, func(f *fleet) { gone(f); f.set("web", "volatile.base_image", "web-0") }, "nobody knows"},
		"both were created at the same time": {nil, func(f *fleet) { i := f.images["web-1"]; i.Fingerprint = "web-2"; f.images["web-2"] = i }, ""},
	} {
		f := fleetOf("web")
		a, told := agentOf(f)
		if row.before != nil {
			row.before(f)
			newest := f.newest["web"]
			f.newest["web"] = "web-1"
			looks(t, a)
			f.newest["web"] = newest
		}
		row.change(f)
		looks(t, a)
		looks(t, a)
		did, all := "", "available web"
		if row.why == "" {
			did, all = "update web", "updated web"
		}
		if got := f.did(); got != did {
			t.Errorf("%s: it did %q", name, got)
		}
		if got := told(); got != all {
			t.Errorf("%s: people hear %s", name, got)
		}
		if _, why := statusOf(a, "web"); !strings.Contains(why, row.why) {
			t.Errorf("%s: %s", name, why)
		}
	}
}

func TestDependentsStopFirstAndStartLast(t *testing.T) {
	f := fleetOf("db", "api", "web", "alone")
	f.set("api", keyAfter, "db, gone")
	f.set("web", keyAfter, "api")
	f.set("web", keyPolicy, "off")
	f.add("cron", map[string]string{keyAfter: "db"})
	f.instances["cron"].Status = "Stopped"
	a, _ := agentOf(f)
	looks(t, a)
	if did := f.did(); did != "update alone, stop web, stop api, update db, update api, start web" {
		t.Errorf("it did %s", did)
	}
	for name, want := range map[string]string{"web": "Running", "api": "Running", "cron": "Stopped"} {
		if i := f.instances[name]; i.Status != want || i.Config[resting] != "" {
			t.Errorf("%s is %s, and rests for %q", name, i.Status, i.Config[resting])
		}
	}
}

func TestAtMostSoManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fleetOf("a", "b", "c", "d", "e", "f", "g")
		f.takes = time.Minute
		a, _ := agentOf(f)
		a.AtOnce = 3
		began := time.Now()
		looks(t, a)
		if took := time.Since(began); f.most != 3 || took != 3*time.Minute {
			t.Errorf("%d at once, in %v", f.most, took)
		}
	})
}

func TestAFailureStopsTheRestUntilTheNextDay(t *testing.T) {
	for name, row := range map[string]struct {
		change  func(f *fleet)
		windows string
		outcome instance.Outcome
		first   string
		rest    time.Duration // from the first look to the last update
	}{
		"one goes back":          {func(f *fleet) { f.bad["b/b-2"] = true }, "", instance.WentBack, "update a, back b", 24 * time.Hour},
		"one fails":              {func(f *fleet) { f.errs["b"] = errors.New("no space left") }, "", instance.Failed, "update a, fail b", 24 * time.Hour},
		"one fails in a window":  {func(f *fleet) { f.bad["b/b-2"] = true }, "00:00-05:00 UTC", instance.WentBack, "update a, back b", 24 * time.Hour},
		"the daemon was away":    {func(f *fleet) { f.unmade["b"] = errRegistry }, "", instance.Failed, "update a, fail b", time.Hour},
		"it went in the middle":  {func(f *fleet) { f.errs["b"] = errRegistry }, "", instance.Failed, "update a, fail b", 24 * time.Hour},
		"it stopped for nothing": {func(f *fleet) { f.errs["b"] = failure.Errorf(failure.Unsupported, "it does not wait") }, "", instance.Failed, "update a, fail b", 24 * time.Hour},
		"the next window is far": {func(f *fleet) { f.bad["b/b-2"] = true }, "sat 00:00-05:00 UTC", instance.WentBack, "update a, back b", 7 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // on Saturday, the first of January 2000
				f := fleetOf("a", "b", "c")
				f.takes = time.Second
				row.change(f)
				a, told := agentOf(f)
				if row.windows != "" {
					w, err := ParseWindow(row.windows)
					if err != nil {
						t.Fatal(err)
					}
					a.Windows = []Window{w}
				}
				began := time.Now()
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() { a.Run(ctx, t.Context()); close(ended) }()
				time.Sleep(10 * time.Second)
				synctest.Wait()
				if did := f.did(); did != row.first {
					t.Errorf("first it did %s", did)
				}
				if last := a.State.entry("b").Last; last == nil || last.Outcome != row.outcome {
					t.Errorf("what is known of b is %+v", last)
				}
				if all := told(); !strings.Contains(all, "updated a, ") || !strings.Contains(all, " b") {
					t.Errorf("people hear %s", all)
				}
				for done := ""; !strings.Contains(done, "update c"); done += f.did() {
					time.Sleep(time.Minute)
					synctest.Wait()
				}
				if took := time.Since(began); took < row.rest || took > row.rest+2*time.Hour {
					t.Errorf("the rest was updated after %v", took)
				}
				cancel()
				<-ended
			})
		})
	}
}

// One that fails again and again does not keep the others from their turn.
func TestWhatHasFailedComesLast(t *testing.T) {
	f := fleetOf("a", "b", "c")
	f.errs["a"] = errors.New("no space left")
	a, _ := agentOf(f)
	looks(t, a)
	a.State.Paused = time.Time{}
	looks(t, a)
	if did := f.did(); did != "fail a, update b, update c" {
		t.Errorf("it did %s", did)
	}
	looks(t, a)
	if did := f.did(); did != "fail a" {
		t.Errorf("then it did %q", did)
	}
}

// An image that does not work for one is not tried on the next one, whatever happens.
func TestAnImageThatDoesNotWorkIsTriedOnce(t *testing.T) {
	f := fleetOf("a", "b")
	f.set("b", "image.lxdocker.ref", "a")
	f.newest["a"], f.bad["a-2"] = "a-2", true
	a, told := agentOf(f)
	looks(t, a)
	a.State.Paused = time.Time{}
	looks(t, a)
	looks(t, a)
	if did := f.did(); did != "back a" {
		t.Errorf("it did %s", did)
	}
	if s, why := statusOf(a, "b"); s != HeldBack || why != "it did not work for a" {
		t.Errorf("b is %s: %s", s, why)
	}
	if all := told(); all != "went back a, available b" {
		t.Errorf("people hear %s", all)
	}
	f.newest["a"] = "a-3"
	f.images["a-3"] = daemon.Image{Fingerprint: "a-3", CreatedAt: birth.Add(2 * time.Hour)}
	a.State.Paused = time.Time{}
	looks(t, a)
	if did := f.did(); did != "update a, update b" {
		t.Errorf("with another image it did %q", did)
	}
}

func TestAnUpdateWaitsForItsWindowAndTheAgeOfTheImage(t *testing.T) {
	for name, row := range map[string]struct {
		settings map[string]string
		image    time.Duration // when the daemon got it
		want     time.Duration
	}{
		"its window opens":             {map[string]string{keyWindow: "02:30-05:00 UTC"}, 0, 2*time.Hour + 30*time.Minute},
		"the first of its windows":     {map[string]string{keyWindow: "wed 01:00-02:00 UTC; sun 01:00-02:00 UTC"}, 0, 25 * time.Hour},
		"it is old enough":             {map[string]string{keyMinAge: "36h"}, -12 * time.Hour, 24 * time.Hour},
		"it was old enough already":    {map[string]string{keyMinAge: "36h"}, -48 * time.Hour, 0},
		"both, and the window is over": {map[string]string{keyMinAge: "6h", keyWindow: "02:00-05:00 UTC"}, 0, 26 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // on Saturday, the first of January 2000, at midnight
				f := fleetOf("web")
				for key, value := range row.settings {
					f.set("web", key, value)
				}
				began := time.Now()
				i := f.images["web-2"]
				i.UploadedAt = began.Add(row.image)
				f.images["web-2"] = i
				a, _ := agentOf(f)
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() { a.Run(ctx, t.Context()); close(ended) }()
				for synctest.Wait(); f.did() == ""; synctest.Wait() {
					time.Sleep(time.Minute)
				}
				if took := time.Since(began); took != row.want {
					t.Errorf("it was updated after %v", took)
				}
				cancel()
				<-ended
			})
		})
	}
}

// A fault of one registry, also for days, changes nothing, and is asked about once a look.
func TestAFaultOfARegistryChangesNothing(t *testing.T) {
	f := fleetOf("a", "b")
	f.set("b", "image.lxdocker.ref", "a")
	f.faults["a"] = errRegistry
	a, told := agentOf(f)
	for range 10 {
		if looks(t, a) {
			t.Error("it is a failure")
		}
	}
	if did := f.did(); did != "" || told() != "" || f.faulty != 10 {
		t.Errorf("it did %s, and asked %d times", did, f.faulty)
	}
	delete(f.faults, "a")
	looks(t, a)
	if did := f.did(); did != "update a, update b" {
		t.Errorf("when it answers again, it did %q", did)
	}
}

func TestADaemonThatIsAwayIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fleetOf("web")
		a, told := agentOf(f)
		tries := 0
		a.Connect = func(context.Context) (Fleet, error) {
			if tries++; tries < 4 {
				return nil, errors.New("is it running?")
			}
			return f, nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { a.Run(ctx, t.Context()); close(ended) }()
		time.Sleep(3*again + time.Second)
		synctest.Wait()
		if did := f.did(); did != "update web" || a.State.Problem != "" {
			t.Errorf("it did %q: %s", did, a.State.Problem)
		}
		if all := told(); all != "problem , updated web" {
			t.Errorf("people hear %s", all)
		}
		cancel()
		<-ended
	})
}

func TestTheEndLetsAnUpdateComeToItsEndAndBeginsNone(t *testing.T) {
	for name, row := range map[string]struct {
		abort time.Duration
		want  string
	}{
		"in its time":  {time.Hour, "stop web, update db, start web"},
		"undone later": {time.Second, "stop web, undo db, start web"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := fleetOf("db", "web", "other")
				f.set("web", keyAfter, "db")
				f.takes = time.Minute
				a, _ := agentOf(f)
				ctx, end := context.WithCancel(t.Context())
				work, abort := context.WithTimeout(t.Context(), row.abort)
				defer abort()
				ended := make(chan struct{})
				go func() { a.Run(ctx, work); close(ended) }()
				synctest.Wait()
				end()
				<-ended
				if did := f.did(); did != row.want {
					t.Errorf("it did %s", did)
				}
				if !f.instances["web"].Running() {
					t.Error("what needs the database was left stopped")
				}
			})
		})
	}
}

func TestWhatACrashHasLeftIsTakenUp(t *testing.T) {
	f := fleetOf("a", "b", "c")
	for name, by := range map[string]string{"a": "dead", "b": "another"} {
		f.instances[name].Status = "Stopped"
		f.set(name, resting, name+" "+by)
		f.set(name, keyPolicy, "off")
	}
	f.set("c", keyPolicy, "off")
	f.set("c", "user.lxdocker.update.state", `{"role":"new","of":"c","step":"gate","by":"dead"}`)
	a, _ := agentOf(f)
	looks(t, a)
	if did := f.did(); did != "mend c, start a" {
		t.Errorf("it did %s", did)
	}
}

func TestAReloadGoesOnAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fleetOf("a", "b")
		f.bad["a-2"] = true
		a, _ := agentOf(f)
		read := 0
		a.Reread = func() { read++ }
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { a.Run(ctx, t.Context()); close(ended) }()
		synctest.Wait()
		if did := f.did(); did != "back a" {
			t.Errorf("first it did %s", did)
		}
		a.Reload <- struct{}{}
		synctest.Wait()
		if did := f.did(); did != "update b" || read != 1 {
			t.Errorf("after %d reloads it did %q", read, did)
		}
		cancel()
		<-ended
	})
}

func TestPeopleAreToldOnce(t *testing.T) {
	f := fleetOf("a", "b")
	f.set("a", keyPolicy, "notify")
	f.set("b", keyWindow, "night")
	a, told := agentOf(f)
	looks(t, a)
	if all := told(); all != "available a, wrong b" {
		t.Errorf("people hear %s", all)
	}
	looks(t, a)
	if all := told(); all != "" {
		t.Errorf("again, people hear %s", all)
	}
	// Another agent knows what this one knew.
	text, err := json.Marshal(a.State)
	if err != nil {
		t.Fatal(err)
	}
	next, told := agentOf(f)
	if err := json.Unmarshal(text, &next.State); err != nil {
		t.Fatal(err)
	}
	looks(t, next)
	if all := told(); all != "" {
		t.Errorf("after a restart, people hear %s", all)
	}
	f.newest["a"] = "a-3"
	f.images["a-3"] = daemon.Image{Fingerprint: "a-3"}
	looks(t, next)
	if all := told(); all != "available a" {
		t.Errorf("of another image, people hear %s", all)
	}
}

func TestADryLookChangesNothing(t *testing.T) {
	f := fleetOf("a")
	f.set("a", resting, "a dead")
	a, _ := agentOf(f)
	if _, err := a.Look(t.Context(), t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if did := f.did(); did != "" {
		t.Errorf("it did %s", did)
	}
	if s, why := statusOf(a, "a"); s != Waiting || why != "for its turn" {
		t.Errorf("it is %s: %s", s, why)
	}
}

// What was brought is removed when nothing needs it; what others have brought stays.
func TestImagesThatWereBroughtDoNotPileUp(t *testing.T) {
	f := fleetOf("web")
	a, _ := agentOf(f)
	next := func(fingerprint string, brought bool) {
		age := birth.Add(time.Duration(len(f.images)) * time.Hour)
		f.newest["web"], f.images[fingerprint], f.absent[fingerprint] = fingerprint, daemon.Image{Fingerprint: fingerprint, CreatedAt: age}, brought
		a.State.Paused = time.Time{}
		looks(t, a)
	}
	next("theirs", false)
	next("ours", true)
	next("third", true)
	f.bad["worse"] = true
	next("worse", true)
	if did := f.did(); did != "update web, update web, update web, delete ours, back web" {
		t.Errorf("it did %s", did)
	}
	looks(t, a)
	if did := f.did(); did != "" {
		t.Errorf("the newest one is still to be refused: it did %s", did)
	}
	f.faults["web"] = errRegistry
	looks(t, a)
	delete(f.faults, "web")
	if did := f.did(); did != "" {
		t.Errorf("while nobody knows which one is the newest, it did %s", did)
	}
	next("good", true)
	if did := f.did(); did != "update web, delete third, delete worse" {
		t.Errorf("it did %s", did)
	}
	if got := strings.Join(a.State.Fetched, " "); got != "good" {
		t.Errorf("it has brought %s", got)
	}
}

// One that nobody can look up keeps its own image alone, and people keep what they have named.
func TestOneThatIsUnknownKeepsItsImageAlone(t *testing.T) {
	f := fleetOf("away", "web")
	f.set("away", keyPolicy, "notify")
	a, _ := agentOf(f)
	next := func(name, fingerprint string) {
		age := birth.Add(time.Duration(len(f.images)) * time.Hour)
		f.newest[name], f.images[fingerprint], f.absent[fingerprint] = fingerprint, daemon.Image{Fingerprint: fingerprint, CreatedAt: age}, true
		looks(t, a)
	}
	next("away", "theirs")
	f.faults["away"] = errRegistry
	for _, fingerprint := range []string{"one", "two", "three"} {
		next("web", fingerprint)
	}
	if did := f.did(); did != "update web, update web, update web, delete one, update web, delete two" {
		t.Errorf("it did %s", did)
	}
	three := f.images["three"]
	three.Aliases = append(three.Aliases, struct {
		Name string `json:"name"`
	}{"good"})
	f.images["three"] = three
	next("web", "four")
	if did := f.did(); did != "update web" {
		t.Errorf("it did %s", did)
	}
}

func TestWhatCannotBeMendedIsToldOnce(t *testing.T) {
	for name, row := range map[string]struct {
		err  error
		want string // of each look
	}{
		"its port is taken":        {errors.New("address already in use"), "failed a, failed b;;;"},
		"another one is at work":   {failure.Errorf(failure.Unavailable, "wait for it"), ";failed a, failed b;;"},
		"it never comes to an end": {nil, ";failed a, failed b;;"},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := fleetOf("a", "b", "c")
			f.set("a", "user.lxdocker.update.state", `{"role":"new","of":"a","step":"gate","by":"dead"}`)
			f.set("b", resting, "b dead")
			for _, name := range []string{"a", "b"} {
				f.set(name, keyPolicy, "off")
				f.unmended[name] = row.err
			}
			f.set("c", keyPolicy, "off")
			a, told := agentOf(f)
			all := ""
			for range 3 {
				looks(t, a)
				all += told() + ";"
			}
			if all != row.want {
				t.Errorf("%s: people hear %s", name, all)
			}
		})
	}
}

func TestAnUpdateThatDoesNotEndIsUndone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fleetOf("a", "b")
		f.takes = 1000 * time.Hour
		a, told := agentOf(f)
		began := time.Now()
		if !looks(t, a) || a.State.Paused.IsZero() || time.Since(began) != longest {
			t.Errorf("after %v it is no failure, or nothing waits", time.Since(began))
		}
		if did := f.did(); did != "undo a" {
			t.Errorf("it did %s", did)
		}
		if all := told(); all != "failed a" {
			t.Errorf("people hear %s", all)
		}
	})
}
