package authz

import (
	"github.com/trellis-authz/trellis/internal/decode"
	"github.com/trellis-authz/trellis/internal/doc"
	"github.com/trellis-authz/trellis/internal/report"
	"github.com/trellis-authz/trellis/roles"
)

// decoder turns nodes into values of the model.
type decoder struct {
	decode.Decoder
	spare *[]spareLimit
}

func newDecoder(r *report.Reporter) decoder {
	return decoder{decode.Decoder{Reporter: r}, &[]spareLimit{}}
}

// spareLimit is a limit that stands beside another in the place of one. It is no part of the model, which has one; its
// names are looked up nevertheless.
type spareLimit struct {
	areas roles.Grant
	at    report.Path
}

// grant reads area: level pairs.
func (d decoder) grant(n *doc.Node, p report.Path) roles.Grant {
	if n == nil {
		return nil
	}
	g := roles.Grant{}
	d.Each(n, p, func(area string, n *doc.Node, p report.Path) {
		level := d.Word(n, p, "a level")
		if level == "" && n.Quoted {
			d.Wrong(n, p, "a level")
		}
		g[area] = level // though it could not be read: the area is looked up nevertheless
	})
	return g
}

// limit reads `limit` or, in its place, `only`.
func (d decoder) limit(n *doc.Node, p report.Path) roles.Limit {
	limit, only := n.Get("limit"), n.Get("only")
	if limit != nil && only != nil {
		d.Errorf("conflicting-keys", report.Key(p.Name("only")), "`only` stands in the place of `limit`: write one of them")
		*d.spare = append(*d.spare, spareLimit{d.grant(limit, p.Name("limit")), p.Name("limit")})
	}
	if only != nil {
		return roles.Only(d.grant(only, p.Name("only")))
	}
	return roles.AtMost(d.grant(limit, p.Name("limit")))
}
