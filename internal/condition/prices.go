package condition

import (
	"fmt"
	"strings"

	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// One unit of cost stands for about 40 ns and 40 bytes. The prices follow from measurements with texts and lists of
// the greatest lengths that there may be.

// prices are those of the calls whose time or memory depends on what they are given so much that they pay outside of
// loops as well, by their overload.
var prices = map[string]price{
	"string_char_at_int":               priceRunes,
	"string_substring_int":             priceRunes,
	"string_substring_int_int":         priceRunes,
	"string_lower_ascii":               priceRunes,
	"string_upper_ascii":               priceRunes,
	"string_reverse":                   priceRunes,
	"string_split_string":              priceSplit,
	"string_split_string_int":          priceSplit,
	"string_replace_string_string":     priceReplace,
	"string_replace_string_string_int": priceReplace,
	"string_index_of_string":           priceSearch,
	"string_index_of_string_int":       priceSearch,
	"string_last_index_of_string":      priceSearch,
	"string_last_index_of_string_int":  priceSearch,
	"string_format":                    priceFormat,
	"strings_quote":                    priceSplit,
	"list_join":                        priceJoin,
	"list_join_string":                 priceJoin,
	overloads.SizeString:               priceRunes,
	overloads.SizeStringInst:           priceRunes,
	overloads.IntToTimestamp:           priceConversion, // whose error is a shared one: see unshared
	overloads.StringToInt:              priceConversion,
	overloads.StringToUint:             priceConversion,
	overloads.StringToDouble:           priceConversion,
	overloads.StringToBool:             priceConversion,
	overloads.StringToTimestamp:        priceConversion,
	overloads.StringToDuration:         priceConversion,
	overloads.TimestampToString:        priceConversion,
	overloads.DurationToString:         priceConversion,
	overloads.DoubleToString:           priceConversion,
	"string_to_ip":                     priceConversion,
	"string_to_cidr":                   priceConversion,
	"ip_to_string":                     priceConversion,
	"cidr_to_string":                   priceConversion,
	"is_ip":                            priceConversion,
	"is_cidr":                          priceConversion,
	"ip_is_canonical":                  priceConversion,
	"cidr_contains_ip_string":          priceConversion,
	"cidr_contains_cidr_string":        priceConversion,
	inCIDROverload:                     priceConversion,
}

// conversions are the functions that are made once when what they convert is written out.
var conversions = map[string]bool{
	overloads.StringToInt:       true,
	overloads.StringToUint:      true,
	overloads.StringToDouble:    true,
	overloads.StringToBool:      true,
	overloads.StringToTimestamp: true,
	overloads.StringToDuration:  true,
	overloads.TimestampToString: true,
	overloads.DurationToString:  true,
	overloads.DoubleToString:    true,
	"string_to_ip":              true,
	"string_to_cidr":            true,
	"ip_to_string":              true,
	"cidr_to_string":            true,
	"is_ip":                     true,
	"is_cidr":                   true,
	"ip_is_canonical":           true,
}

// perLookup is how many bytes of a text a look-up in a map goes over for a unit.
const perLookup = 256

// length returns the bytes of a text, 0 for what is none.
func length(v ref.Val) int {
	switch v := v.(type) {
	case types.String:
		return len(v)
	case types.Bytes:
		return len(v)
	}
	return 0
}

func lengths(args []ref.Val) int {
	n := 0
	for _, arg := range args {
		n += length(arg)
	}
	return n
}

func tooLong(what string, bytes int) error {
	return fmt.Errorf("%s would make a text of more than %s bytes", what, thousands(bytes))
}

// priceByLength is that of all calls that have no other: they go over a text at most once, and copy it at most.
func priceByLength(args []ref.Val) (int, error) { return 1 + lengths(args)/48, nil }

// priceRunes is that of the functions that make an array of characters.
func priceRunes(args []ref.Val) (int, error) { return 1 + lengths(args)/3, nil }

// priceSplit is that of the functions that make something of every byte.
func priceSplit(args []ref.Val) (int, error) { return 2 + 3*lengths(args), nil }

// priceConversion is that of reading a text. Where it fails, the text is copied into errors.
func priceConversion(args []ref.Val) (int, error) { return 4 + lengths(args)/2, nil }

func priceAdd(args []ref.Val) (int, error) {
	n := lengths(args)
	if n > MaxText {
		return 1, tooLong("+", MaxText)
	}
	return 1 + n/64, nil
}

func priceReplace(args []ref.Val) (int, error) {
	text, old, by := string(args[0].(types.String)), string(args[1].(types.String)), string(args[2].(types.String))
	count := strings.Count(text, old)
	if len(args) > 3 {
		if n := args[3].(types.Int); n >= 0 && n < types.Int(count) {
			count = int(n)
		}
	}
	n := len(text) + count*(len(by)-len(old))
	if n > MaxText {
		return 1 + len(text)/4, tooLong("replace", MaxText)
	}
	return 1 + (len(text)+n)/4, nil
}

func priceSearch(args []ref.Val) (int, error) {
	text, part := length(args[0]), length(args[1])
	return 1 + (text+part)/4 + text*part/64, nil
}

func priceJoin(args []ref.Val) (int, error) {
	total, count := 0, 0
	for it := args[0].(traits.Lister).Iterator(); it.HasNext() == types.True && total <= MaxText; count++ {
		if total += length(it.Next()); count > 0 && len(args) > 1 {
			total += length(args[1])
		}
	}
	if total > MaxText {
		return 1 + count, tooLong("join", MaxText)
	}
	return 1 + total/16 + count, nil
}

func priceFormat(args []ref.Val) (int, error) {
	const perValue = 128 // a number or a time takes no more, with the greatest precision
	n := length(args[0])
	visit(args[1], func(v ref.Val) bool {
		n += perValue + 2*length(v) // %x writes two digits for a byte
		return n <= MaxText
	})
	if n > MaxText {
		return 1 + n/16, tooLong("format", MaxText)
	}
	return 1 + n/4, nil
}

// visit calls see for a value and all that it holds, until see returns false.
func visit(v ref.Val, see func(ref.Val) bool) bool {
	if !see(v) {
		return false
	}
	switch v := v.(type) {
	case traits.Mapper:
		for it := v.Iterator(); it.HasNext() == types.True; {
			k := it.Next()
			if !see(k) || !visit(v.Get(k), see) {
				return false
			}
		}
	case traits.Lister:
		for it := v.Iterator(); it.HasNext() == types.True; {
			if !visit(it.Next(), see) {
				return false
			}
		}
	}
	return true
}

func priceAddList(args []ref.Val) (int, error) {
	n := size(args[0]) + size(args[1])
	if n > MaxElements {
		return 1, fmt.Errorf("+ would make a list of more than %s elements", thousands(MaxElements))
	}
	return 1 + 3*n, nil
}

func size(v ref.Val) int {
	if s, ok := v.(traits.Sizer); ok {
		if n, ok := s.Size().(types.Int); ok {
			return int(n)
		}
	}
	return 0
}

// priceMatch is that of running a program of so many steps over a text.
func priceMatch(text ref.Val, steps int) int { return 1 + (length(text)+1)*steps/8 }

// pricePattern is that of reading a pattern and compiling it.
func pricePattern(pattern ref.Val, steps int) int { return 100 + 20*length(pattern) + 10*steps }
