package code

// opcode is the number of an instruction.
type opcode byte

// The opcodes that the analysis knows, Zend/zend_vm_opcodes.h. All others only
// make values that come from nothing known.
const (
	opAdd                  opcode = 1
	opConcat               opcode = 8
	opBoolNot              opcode = 14
	opIsIdentical          opcode = 16
	opAssign               opcode = 22
	opAssignDim            opcode = 23
	opAssignObj            opcode = 24
	opAssignStaticProp     opcode = 25
	opAssignOp             opcode = 26
	opAssignDimOp          opcode = 27
	opAssignObjOp          opcode = 28
	opAssignStaticPropOp   opcode = 29
	opAssignRef            opcode = 30
	opQMAssign             opcode = 31
	opAssignObjRef         opcode = 32
	opAssignStaticPropRef  opcode = 33
	opJmp                  opcode = 42
	opJmpz                 opcode = 43
	opJmpnz                opcode = 44
	opJmpzEx               opcode = 46
	opJmpnzEx              opcode = 47
	opSendVarNoRefEx       opcode = 50
	opCast                 opcode = 51
	opFastConcat           opcode = 53
	opRopeInit             opcode = 54
	opRopeAdd              opcode = 55
	opRopeEnd              opcode = 56
	opInitFcallByName      opcode = 59
	opDoFcall              opcode = 60
	opInitFcall            opcode = 61
	opRecv                 opcode = 63
	opRecvInit             opcode = 64
	opSendVal              opcode = 65
	opSendVarEx            opcode = 66
	opSendRef              opcode = 67
	opNew                  opcode = 68
	opInitNsFcallByName    opcode = 69
	opInitArray            opcode = 71
	opAddArrayElement      opcode = 72
	opIncludeOrEval        opcode = 73
	opUnsetVar             opcode = 74
	opUnsetDim             opcode = 75
	opUnsetObj             opcode = 76
	opFetchR               opcode = 80
	opFetchDimR            opcode = 81
	opFetchObjR            opcode = 82
	opFetchW               opcode = 83
	opFetchDimW            opcode = 84
	opFetchObjW            opcode = 85
	opFetchRW              opcode = 86
	opFetchDimRW           opcode = 87
	opFetchObjRW           opcode = 88
	opFetchIs              opcode = 89
	opFetchDimIs           opcode = 90
	opFetchObjIs           opcode = 91
	opFetchFuncArg         opcode = 92
	opFetchDimFuncArg      opcode = 93
	opFetchObjFuncArg      opcode = 94
	opFetchUnset           opcode = 95
	opFetchDimUnset        opcode = 96
	opFetchObjUnset        opcode = 97
	opSendVarNoRef         opcode = 106
	opClone                opcode = 110
	opInitMethodCall       opcode = 112
	opIssetDim             opcode = 115
	opInitStaticMethodCall opcode = 113
	opSendValEx            opcode = 116
	opSendVar              opcode = 117
	opInitUserCall         opcode = 118
	opSendArray            opcode = 119
	opSendUser             opcode = 120
	opTypeCheck            opcode = 123
	opFeResetRW            opcode = 125
	opFeFetchRW            opcode = 126
	opInitDynamicCall      opcode = 128
	opDoIcall              opcode = 129
	opDoUcall              opcode = 130
	opDoFcallByName        opcode = 131
	opOpData               opcode = 137
	opMakeRef              opcode = 140
	opDeclareLambda        opcode = 142
	opAddArrayUnpack       opcode = 147
	opIssetProp            opcode = 148
	opUnsetCV              opcode = 153
	opIssetCV              opcode = 154
	opFetchListW           opcode = 155
	opSeparate             opcode = 156
	opSendUnpack           opcode = 165
	opCopyTmp              opcode = 167
	opBindGlobal           opcode = 168
	opCoalesce             opcode = 169
	opFetchStaticPropR     opcode = 173
	opFetchStaticPropW     opcode = 174
	opFetchStaticPropRW    opcode = 175
	opFetchStaticPropIs    opcode = 176
	opFetchStaticPropArg   opcode = 177
	opFetchStaticPropUnset opcode = 178
	opIssetStaticProp      opcode = 180
	opBindStatic           opcode = 183
	opFetchThis            opcode = 184
	opSendFuncArg          opcode = 185
	opBindInitStatic       opcode = 203
)

// names are PHP's own names of the opcodes above, as the binary has them.
var names = map[opcode]string{
	opAdd: "ZEND_ADD", opConcat: "ZEND_CONCAT", opBoolNot: "ZEND_BOOL_NOT", opIsIdentical: "ZEND_IS_IDENTICAL", opTypeCheck: "ZEND_TYPE_CHECK",
	opIssetDim: "ZEND_ISSET_ISEMPTY_DIM_OBJ", opIssetProp: "ZEND_ISSET_ISEMPTY_PROP_OBJ", opIssetCV: "ZEND_ISSET_ISEMPTY_CV",
	opIssetStaticProp: "ZEND_ISSET_ISEMPTY_STATIC_PROP", opAssign: "ZEND_ASSIGN", opAssignDim: "ZEND_ASSIGN_DIM", opAssignObj: "ZEND_ASSIGN_OBJ",
	opAssignStaticProp: "ZEND_ASSIGN_STATIC_PROP", opAssignOp: "ZEND_ASSIGN_OP", opAssignDimOp: "ZEND_ASSIGN_DIM_OP",
	opAssignObjOp: "ZEND_ASSIGN_OBJ_OP", opAssignStaticPropOp: "ZEND_ASSIGN_STATIC_PROP_OP", opAssignRef: "ZEND_ASSIGN_REF",
	opQMAssign: "ZEND_QM_ASSIGN", opAssignObjRef: "ZEND_ASSIGN_OBJ_REF", opAssignStaticPropRef: "ZEND_ASSIGN_STATIC_PROP_REF",
	opJmp: "ZEND_JMP", opJmpz: "ZEND_JMPZ", opJmpnz: "ZEND_JMPNZ", opJmpzEx: "ZEND_JMPZ_EX", opJmpnzEx: "ZEND_JMPNZ_EX",
	opSendVarNoRefEx: "ZEND_SEND_VAR_NO_REF_EX", opCast: "ZEND_CAST", opFastConcat: "ZEND_FAST_CONCAT", opRopeInit: "ZEND_ROPE_INIT",
	opRopeAdd: "ZEND_ROPE_ADD", opRopeEnd: "ZEND_ROPE_END", opInitFcallByName: "ZEND_INIT_FCALL_BY_NAME", opDoFcall: "ZEND_DO_FCALL",
	opInitFcall: "ZEND_INIT_FCALL", opRecv: "ZEND_RECV", opRecvInit: "ZEND_RECV_INIT", opSendVal: "ZEND_SEND_VAL",
	opSendVarEx: "ZEND_SEND_VAR_EX", opSendRef: "ZEND_SEND_REF", opNew: "ZEND_NEW", opInitNsFcallByName: "ZEND_INIT_NS_FCALL_BY_NAME",
	opInitArray: "ZEND_INIT_ARRAY", opAddArrayElement: "ZEND_ADD_ARRAY_ELEMENT", opIncludeOrEval: "ZEND_INCLUDE_OR_EVAL",
	opUnsetVar: "ZEND_UNSET_VAR", opUnsetDim: "ZEND_UNSET_DIM", opUnsetObj: "ZEND_UNSET_OBJ", opFetchR: "ZEND_FETCH_R",
	opFetchDimR: "ZEND_FETCH_DIM_R", opFetchObjR: "ZEND_FETCH_OBJ_R", opFetchW: "ZEND_FETCH_W", opFetchDimW: "ZEND_FETCH_DIM_W",
	opFetchObjW: "ZEND_FETCH_OBJ_W", opFetchRW: "ZEND_FETCH_RW", opFetchDimRW: "ZEND_FETCH_DIM_RW", opFetchObjRW: "ZEND_FETCH_OBJ_RW",
	opFetchIs: "ZEND_FETCH_IS", opFetchDimIs: "ZEND_FETCH_DIM_IS", opFetchObjIs: "ZEND_FETCH_OBJ_IS", opFetchFuncArg: "ZEND_FETCH_FUNC_ARG",
	opFetchDimFuncArg: "ZEND_FETCH_DIM_FUNC_ARG", opFetchObjFuncArg: "ZEND_FETCH_OBJ_FUNC_ARG", opFetchUnset: "ZEND_FETCH_UNSET",
	opFetchDimUnset: "ZEND_FETCH_DIM_UNSET", opFetchObjUnset: "ZEND_FETCH_OBJ_UNSET", opSendVarNoRef: "ZEND_SEND_VAR_NO_REF",
	opClone: "ZEND_CLONE", opInitMethodCall: "ZEND_INIT_METHOD_CALL", opInitStaticMethodCall: "ZEND_INIT_STATIC_METHOD_CALL",
	opSendValEx: "ZEND_SEND_VAL_EX", opSendVar: "ZEND_SEND_VAR", opInitUserCall: "ZEND_INIT_USER_CALL", opSendArray: "ZEND_SEND_ARRAY",
	opSendUser: "ZEND_SEND_USER", opFeResetRW: "ZEND_FE_RESET_RW", opFeFetchRW: "ZEND_FE_FETCH_RW", opInitDynamicCall: "ZEND_INIT_DYNAMIC_CALL",
	opDoIcall: "ZEND_DO_ICALL", opDoUcall: "ZEND_DO_UCALL", opDoFcallByName: "ZEND_DO_FCALL_BY_NAME", opOpData: "ZEND_OP_DATA",
	opMakeRef: "ZEND_MAKE_REF", opDeclareLambda: "ZEND_DECLARE_LAMBDA_FUNCTION", opAddArrayUnpack: "ZEND_ADD_ARRAY_UNPACK",
	opUnsetCV: "ZEND_UNSET_CV", opFetchListW: "ZEND_FETCH_LIST_W", opSeparate: "ZEND_SEPARATE", opSendUnpack: "ZEND_SEND_UNPACK",
	opCopyTmp: "ZEND_COPY_TMP", opBindGlobal: "ZEND_BIND_GLOBAL", opCoalesce: "ZEND_COALESCE",
	opFetchStaticPropR: "ZEND_FETCH_STATIC_PROP_R", opFetchStaticPropW: "ZEND_FETCH_STATIC_PROP_W", opFetchStaticPropRW: "ZEND_FETCH_STATIC_PROP_RW",
	opFetchStaticPropIs: "ZEND_FETCH_STATIC_PROP_IS", opFetchStaticPropArg: "ZEND_FETCH_STATIC_PROP_FUNC_ARG",
	opFetchStaticPropUnset: "ZEND_FETCH_STATIC_PROP_UNSET", opBindStatic: "ZEND_BIND_STATIC", opFetchThis: "ZEND_FETCH_THIS",
	opSendFuncArg: "ZEND_SEND_FUNC_ARG", opBindInitStatic: "ZEND_BIND_INIT_STATIC_OR_JMP",
}

// OpcodeNames gives the names of the opcodes that the analysis knows by number,
// as PHP's binaries have them, so that a test can compare.
func OpcodeNames() map[byte]string {
	all := map[byte]string{}
	for number, name := range names {
		all[byte(number)] = name
	}
	return all
}
