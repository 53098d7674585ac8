package dump

// The texts of the usual layout, each compared in words that the compiler
// turns into immediate operands. The window's pad makes the 24 bytes behind p
// readable wherever in the window p may be.

func ahead(b []byte, p int) *[24]byte { return (*[24]byte)(b[p:]) }

const (
	lenItem     = len("\n    \"")
	lenType     = len("\" : {\n        \"type\" : \"")
	lenSize     = len("\",\n        \"size\" : \"")
	lenSymbol   = len("\",\n        \"symbol_name\" : \"")
	lenRoot     = len("\",\n        \"is_root\" : ")
	lenFalse    = len("false\n\n\n    }")
	lenFalseHas = len("false\n,\n        \"")
	lenFrame    = len("true,\n        \"frame\" : \"")
	lenEnd      = len("\"\n\n\n    }")
	lenHas      = len("\"\n,\n        \"")
	lenClass    = len("class\" : \"")
	lenHandle   = len("\",\n        \"object_handle\" : \"")
	lenKids     = len("\",\n        \"children\" : {\n")
	lenKidsOnly = len("children\" : {\n")
	lenKid      = len("            \"")
	lenNoKid    = len("\n        }\n\n    }")
	lenLast     = len("        }\n\n    }")
)

func atItem(b []byte, p int) bool { return string(ahead(b, p)[:8]) == "\n    \"0x" }

func atType(b []byte, p int) bool {
	q := ahead(b, p)
	return string(q[:8]) == "\" : {\n  " && string(q[8:16]) == "      \"t" && string(q[16:]) == "ype\" : \""
}

func atSize(b []byte, p int) bool {
	q := ahead(b, p)
	return string(q[:8]) == "\",\n     " && string(q[8:16]) == "   \"size" && string(q[16:21]) == "\" : \""
}

func atSymbol(b []byte, p int) bool {
	q, r := ahead(b, p), ahead(b, p+12)
	return string(q[:8]) == "\",\n     " && string(q[8:16]) == "   \"symb" && string(q[16:]) == "ol_name\"" && string(r[12:16]) == " : \""
}

func atRoot(b []byte, p int) bool {
	q := ahead(b, p)
	return string(q[:8]) == "\",\n     " && string(q[8:16]) == "   \"is_r" && string(q[15:23]) == "root\" : "
}

func atFalse(b []byte, p int) bool {
	q := ahead(b, p)
	return string(q[:8]) == "false\n\n\n" && string(q[5:13]) == "\n\n\n    }"
}

func atFalseHas(b []byte, p int) bool {
	q := ahead(b, p)
	return string(q[:8]) == "false\n,\n" && string(q[8:16]) == "        " && q[16] == '"'
}

func atFrame(b []byte, p int) bool {
	q := ahead(b, p)
	return string(q[:8]) == "true,\n  " && string(q[8:16]) == "      \"f" && string(q[16:]) == "rame\" : " && b[p+24] == '"'
}

func atEnd(b []byte, p int) bool {
	q := ahead(b, p)
	return string(q[:8]) == "\"\n\n\n    " && q[8] == '}'
}

func atHas(b []byte, p int) bool {
	q := ahead(b, p)
	return string(q[:8]) == "\"\n,\n    " && string(q[5:13]) == "       \""
}

func atClass(b []byte, p int) bool {
	q := ahead(b, p)
	return string(q[:8]) == "class\" :" && string(q[8:10]) == " \""
}

func atHandle(b []byte, p int) bool {
	q, r := ahead(b, p), ahead(b, p+14)
	return string(q[:8]) == "\",\n     " && string(q[8:16]) == "   \"obje" && string(q[16:]) == "ct_handl" && string(r[8:16]) == "dle\" : \""
}

func atKids(b []byte, p int) bool {
	q, r := ahead(b, p), ahead(b, p+10)
	return string(q[:8]) == "\",\n     " && string(q[8:16]) == "   \"chil" && string(q[16:]) == "dren\" : " && string(r[8:16]) == "en\" : {\n"
}

func atKidsOnly(b []byte, p int) bool {
	q := ahead(b, p)
	return string(q[:8]) == "children" && string(q[6:14]) == "en\" : {\n"
}

func atKid(b []byte, p int) bool {
	q := ahead(b, p)
	return string(q[:8]) == "        " && string(q[5:13]) == "       \""
}

func atNoKid(b []byte, p int) bool {
	q := ahead(b, p)
	return string(q[:8]) == "\n       " && string(q[8:16]) == " }\n\n    " && q[16] == '}'
}

func atLast(b []byte, p int) bool {
	q := ahead(b, p)
	return string(q[:8]) == "        " && string(q[8:16]) == "}\n\n    }"
}
