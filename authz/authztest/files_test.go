package authztest

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"testing"
	"testing/fstest"
)

func TestRunFindsTheTestsOrSaysWhyThereAreNone(t *testing.T) {
	file := &fstest.MapFile{}
	for _, c := range []struct {
		name  string
		files fstest.MapFS
		want  []string
		err   string
	}{
		{"tests", fstest.MapFS{"b.tests.yaml": file, "a.tests.yaml": file, "a.policy.yaml": file, "sub/c.tests.yaml": file}, []string{"a.tests.yaml", "b.tests.yaml"}, ""},
		{"nothing", fstest.MapFS{}, nil, "there are no tests (NAME.tests.yaml)"},
		{"a folder of that name", fstest.MapFS{"a.tests.yaml/b": file}, nil, "there are no tests (NAME.tests.yaml)"},
		{"another name", fstest.MapFS{"b.tests.yml": file}, nil, "b.tests.yml is not read under that name; rename it to b.tests.yaml"},
		{"another name beside the right one", fstest.MapFS{"a.tests.yaml": file, "b.test.yaml": file}, []string{"a.tests.yaml"}, "b.test.yaml is not read under that name; rename it to b.tests.yaml"},
	} {
		got, err := testFiles(c.files)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if !slices.Equal(got, c.want) || said != c.err {
			t.Errorf("%s: %v, %q", c.name, got, said)
		}
	}
	if _, err := testFiles(os.DirFS("nowhere")); err == nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
	if _, err := testFiles(nil); err == nil {
		t.Error("no file system at all is none without tests")
	}
}
