package progress

// Discard is a Display that shows nothing.
func Discard() Display { return discard{} }

type discard struct{}

func (discard) Task(string) Task { return discardTask{} }
func (discard) Close()           {}

type discardTask struct{}

func (discardTask) Step(string, int64)        {}
func (discardTask) Add(int64)                 {}
func (discardTask) Fetch(int, int64)          {}
func (discardTask) Layer(string, int64) Layer { return discardLayer{} }
func (discardTask) Known(string, int64)       {}
func (discardTask) End(Outcome, string)       {}
func (discardTask) Fail(error)                {}

type discardLayer struct{}

func (discardLayer) Add(int64) {}
func (discardLayer) End(error) {}
