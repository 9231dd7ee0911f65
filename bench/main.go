package main

func enginesFor(w *workload) []engine {
	return []engine{
		&resolved{w: w}, &internedStrings{w: w}, &nestedMaps{w: w},
		&trellisBound{w: w}, &trellisStrings{w: w},
		&cedarEngine{w: w}, &casbinEngine{w: w, cached: true}, &casbinEngine{w: w},
		&opaEngine{w: w}, &cerbosEngine{w: w}, &openfgaEngine{w: w},
	}
}

func main() {}
