package simseries

import (
	"strconv"

	"memtrail/zend"
)

// A printer writes a dump in php-meminfo's usual layout. Thousands of series
// are printed in a row: so it knows no fields, as package dumpbuild does, which
// the tests hold it against.
type printer struct {
	buf   []byte
	items int
}

// header takes what is used, and what has been used at most.
func (o *printer) header(usage, peak uint64) {
	mapped := (peak + zend.Chunk - 1) &^ (zend.Chunk - 1)
	o.buf = append(o.buf, "{\n  \"header\" : {\n"...)
	o.figure("memory_usage", usage, ",\n")
	o.figure("memory_usage_real", mapped, ",\n")
	o.figure("peak_memory_usage", peak, ",\n")
	o.figure("peak_memory_usage_real", mapped, "\n  },\n  \"items\": {\n")
}

func (o *printer) figure(name string, bytes uint64, end string) {
	o.buf = append(append(append(o.buf, `    "`...), name...), `" : `...)
	o.buf = append(strconv.AppendUint(o.buf, bytes, 10), end...)
}

func (o *printer) footer() { o.buf = append(o.buf, "\n}\n}\n"...) }

// item prints a value. r is nil but for roots.
func (o *printer) item(id uint64, v *value, r *variable, children []child) {
	size := 16
	switch v.typ {
	case "string":
		size += v.n
	case "array", "object":
		size = 72
	}
	b := o.buf
	if o.items++; o.items > 1 {
		b = append(b, ",\n"...)
	}
	b = append(b, `    "`...)
	b = appendID(b, id)
	b = append(b, "\" : {\n        \"type\" : \""...)
	b = append(b, v.typ...)
	b = append(b, "\",\n        \"size\" : \""...)
	b = strconv.AppendInt(b, int64(size), 10)
	if r != nil {
		b = append(b, "\",\n        \"symbol_name\" : \""...)
		b = appendName(b, r.symbol)
		b = append(b, "\",\n        \"is_root\" : true,\n        \"frame\" : \""...)
		b = appendName(b, r.frame)
		b = append(b, "\"\n"...)
	} else {
		b = append(b, "\",\n        \"is_root\" : false\n"...)
	}
	if v.obj != nil {
		b = append(b, ",\n        \"class\" : \""...)
		b = appendName(b, v.obj.class.name)
		b = append(b, "\",\n        \"object_handle\" : \""...)
		b = strconv.AppendInt(b, int64(v.obj.handle), 10)
		b = append(b, '"')
	}
	if v.obj != nil || v.arr != nil {
		b = append(b, ",\n        \"children\" : {\n"...)
		for i := range children {
			if i > 0 {
				b = append(b, ",\n"...)
			}
			b = append(b, `            "`...)
			b = children[i].key.append(b)
			b = append(b, `":"`...)
			b = appendID(b, children[i].id)
			b = append(b, '"')
		}
		b = append(b, "\n        }"...)
	}
	o.buf = append(b, "\n\n    }"...)
}

func appendID(b []byte, id uint64) []byte {
	return strconv.AppendUint(append(b, "0x"...), id, 16)
}

// appendName prints a name of the simulated program. They have no characters
// to be escaped but backslashes.
func appendName(b []byte, name string) []byte {
	for i := range len(name) {
		if name[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, name[i])
	}
	return b
}

func (k key) append(b []byte) []byte {
	if k.isText {
		return appendName(b, k.text)
	}
	return strconv.AppendInt(b, int64(k.number), 10)
}
