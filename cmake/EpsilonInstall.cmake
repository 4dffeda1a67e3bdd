# SPDX-License-Identifier: Apache-2.0
# cmake --install: the library, the one header, epsilon.pc, and the package for find_package(epsilon).

include(CMakePackageConfigHelpers)

install(TARGETS epsilon EXPORT epsilon-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES "${PROJECT_SOURCE_DIR}/capi/include/epsilon.h"
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/epsilon")
install(EXPORT epsilon-targets NAMESPACE epsilon:: FILE epsilon-targets.cmake
        DESTINATION "${package_dir}")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/epsilon-config.cmake.in"
    "${PROJECT_BINARY_DIR}/epsilon-config.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/epsilon-config-version.cmake"
    COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/epsilon-config.cmake"
              "${PROJECT_BINARY_DIR}/epsilon-config-version.cmake"
        DESTINATION "${package_dir}")

# Relative to the .pc file where the directories are, so that an installed tree can be moved.
set(pc_libdir "${CMAKE_INSTALL_LIBDIR}")
set(pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
foreach(dir libdir includedir)
    if(NOT IS_ABSOLUTE "${pc_${dir}}")
        set(pc_${dir} "\${prefix}/${pc_${dir}}")
    endif()
endforeach()
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
    set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
else()
    file(RELATIVE_PATH pc_up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
    string(REGEX REPLACE "/$" "" pc_up "${pc_up}")
    set(pc_prefix "\${pcfiledir}/${pc_up}")
endif()
configure_file("${PROJECT_SOURCE_DIR}/cmake/epsilon.pc.in" "${PROJECT_BINARY_DIR}/epsilon.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/epsilon.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
