package zend

// RebuiltTable is what an object's table of properties takes that php-meminfo,
// as a cast or a foreach, makes PHP build and keep: zend_std_get_properties and
// rebuild_object_properties, Zend/zend_object_handlers.c. It is 0 for objects
// that have one anyway, or show other tables.
func (m *Model) RebuiltTable(c *Class, o *Object) uint64 {
	if c.internal || c.dynamic || o.dynamic > 0 || c.declared == 0 {
		return 0
	}
	return m.PropertyTable(uint64(c.declared))
}
