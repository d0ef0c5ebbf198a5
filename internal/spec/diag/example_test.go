package diag_test

import (
	"fmt"

	"lxdocker/internal/spec/diag"
)

// A reader of a file with two keys, whose second one holds passwords.
func ExampleRead() {
	const text = `imgae: nginx
secrets:
  TOKEN: hunter2
  TOKEN: hunter3
`
	keys := diag.Keys{Known: []string{"image", "secrets"}, Secret: []string{"secrets"}}
	r, root, ok := diag.Read("service.yaml", []byte(text), diag.Format{Name: "service", Hint: "write an image", Keys: keys})
	if ok {
		for _, e := range r.Entries(root) {
			switch e.Key {
			case "image":
				_, _ = r.Text(e, "image")
			case "secrets":
				for _, secret := range r.Entries(e.Value) {
					_, _ = r.Written(secret, secret.Key)
				}
			default:
				r.Unknown(e, keys)
			}
		}
	}
	fmt.Println(r.Diagnostics().Err())
	// Output:
	// service.yaml:1:1: unknown key "imgae"
	//   imgae: nginx
	//   ^ did you mean "image"?
	// service.yaml:4:3: duplicate key "TOKEN"
	//   it is already in line 3 (the line is not shown: it may hold a secret)
}
