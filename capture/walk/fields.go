package walk

import "memtrail/capture/layout"

// fields are the offsets that the walk needs all the time, of one version.
type fields struct {
	version int

	indirect, pointer byte // IS_INDIRECT, IS_PTR
	packed            uint64
	guards            uint32 // ZEND_ACC_USE_GUARDS
	// direct is set where an even ZEND_MAP_PTR is the pointer itself rather
	// than one to it; bias is what an odd one is too large by.
	direct bool
	bias   uint64

	resourcePtr uint64

	ceName, ceParent, ceFlags, ceProps, ceStatics, ceStaticsPtr uint64
	ceFunctions, cePropInfo, ceConstants, ceInfoTable           uint64

	fnFlags, fnName, fnScope, fnArgs, fnStatics, fnCache, fnLastVar, fnT uint64
	fnOpcodes, fnVars, fnRanges, fnNumRanges, fnArgInfo                  uint64
	fnDynamic, fnNumDynamic                                              uint64
	fnSize, argInfoSize                                                  uint64
	fnFile, fnLine, fnEnd, ceInfo                                        uint64

	extraNamed uint64 // 0 before 8.0

	genFrame, genValue, genKey, genRetval, genValues uint64
	fiberFrame, fiberStack, fiberResult, fiberFci    uint64 // 0 where the version has no fibers
}

// newFields resolves the names once.
func newFields(t *layout.Table, id int) *fields {
	o := t.Offset
	f := &fields{
		version: id, indirect: 12, pointer: 13, packed: 16, guards: 1 << 11, direct: true,
		resourcePtr: o("zend_resource.ptr"),
		ceName:      o("zend_class_entry.name"), ceParent: o("zend_class_entry.parent"), ceFlags: o("zend_class_entry.ce_flags"),
		ceProps: o("zend_class_entry.default_properties_count"), ceStatics: o("zend_class_entry.default_static_members_count"),
		ceStaticsPtr: o("zend_class_entry.static_members_table__ptr"), ceFunctions: o("zend_class_entry.function_table"),
		cePropInfo: o("zend_class_entry.properties_info"), ceConstants: o("zend_class_entry.constants_table"),
		ceInfoTable: o("zend_class_entry.properties_info_table"),
		fnFlags:     o("zend_op_array.fn_flags"), fnName: o("zend_op_array.function_name"), fnScope: o("zend_op_array.scope"),
		fnArgs: o("zend_op_array.num_args"), fnStatics: o("zend_op_array.static_variables_ptr__ptr"), fnCache: o("zend_op_array.run_time_cache__ptr"),
		fnLastVar: o("zend_op_array.last_var"), fnT: o("zend_op_array.T"), fnOpcodes: o("zend_op_array.opcodes"), fnVars: o("zend_op_array.vars"),
		fnRanges: o("zend_op_array.live_range"), fnNumRanges: o("zend_op_array.last_live_range"), fnArgInfo: o("zend_op_array.arg_info"),
		fnDynamic: o("zend_op_array.dynamic_func_defs"), fnNumDynamic: o("zend_op_array.num_dynamic_func_defs"),
		fnFile: o("zend_op_array.filename"), fnLine: o("zend_op_array.line_start"), fnEnd: o("zend_op_array.line_end"), ceInfo: o("zend_class_entry.info"),
		fnSize: t.Size("zend_op_array"), argInfoSize: t.Size("zend_arg_info"),
		extraNamed: o("zend_execute_data.extra_named_params"),
		genFrame:   o("zend_generator.execute_data"), genValue: o("zend_generator.value"), genKey: o("zend_generator.key"),
		genRetval: o("zend_generator.retval"), genValues: o("zend_generator.values"),
		fiberFrame: o("zend_fiber.execute_data"), fiberStack: o("zend_fiber.vm_stack"), fiberResult: o("zend_fiber.result"), fiberFci: o("zend_fiber.fci"),
	}
	// The table says what is public; these are rules of the versions, from
	// Zend/zend_types.h, zend_map_ptr.h and zend_compile.h.
	v := t.Version
	if v < 80000 {
		f.indirect, f.pointer, f.bias = 13, 14, 1
	}
	if v < 80200 {
		f.packed, f.direct = 32, false
	}
	if v >= 80500 {
		f.guards = 1 << 30
	}
	return f
}
