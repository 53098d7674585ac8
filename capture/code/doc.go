// Package code reads compiled PHP functions, and says which of them can add to
// a variable or property and which can remove from it.
//
// It does so in these steps:
//
//  1. Each function's opcodes are gone through once, in their order. Every
//     temporary and every variable is known by what it came from: a property, a
//     static, a global, an element of one of these, or a copy.
//  2. An opcode that writes to one of these is a site: it adds (an element is
//     assigned or appended, a string is lengthened, a function such as
//     array_push gets a reference, a method such as enqueue is called), it
//     removes (unset, an empty array assigned, array_shift, dequeue), or it does
//     something that cannot be told (the variable is passed by reference).
//  3. Sites are gathered by variable. A property is that of the class that
//     declares it.
//
// It says what code can do, not what it did. Code that names a property at run
// time ($this->$name), eval() and references that were stored elsewhere are not
// seen.
//
// The opcodes are those of Zend/zend_vm_opcodes.h, their operands as
// Zend/zend_compile.c makes them. Numbers have not changed from PHP 7.4 to 8.5;
// a test holds the table against the names that each PHP binary carries.
package code
